import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, clientNames, clients, type Target } from './support/clients.js';
import { type ExampleServer, emptyFolder, startExample, stdioTarget } from './support/example-server.js';

// The example with one more tool that lets a password slip in every way a handler can. It is in no answer, and in no log.

const ways = ['error', 'text', 'protocol_error', 'in_a_transaction', 'a_statement', 'an_answer'] as const;

interface LogLine {
  readonly error_id: string;
  readonly error_code: string;
  readonly tool_name: string;
  readonly cause: unknown;
}

/** The client sees `INTERNAL` and an error id; the log has the cause under the same id, without the password. */
async function expectSecretKept(answer: Answer, log: () => string): Promise<void> {
  expect(JSON.stringify(answer)).not.toContain('hunter2');
  expect(answer.isError).toBe(true);
  expect(answer.content[0]?.text).toMatch(/^INTERNAL: .* Error id: [0-9a-f-]{36}\.$/);
  const { code, errorId = 'none' } = (answer._meta?.['dev.sallyport/error'] ?? {}) as {
    code?: string;
    errorId?: string;
  };
  expect(code).toBe('INTERNAL');
  // The log is another pipe than the answer.
  await expect.poll(log).toContain(errorId);
  const line = log()
    .split('\n')
    .find((text) => text.includes(errorId));
  const logged = JSON.parse(line ?? '') as LogLine;
  expect(logged).toMatchObject({ error_id: errorId, error_code: 'INTERNAL', tool_name: 'leak' });
  expect(JSON.stringify(logged.cause)).toMatch(/\[redacted\]|does not match|Invalid/);
}

describe('a password in what a handler throws, over HTTP', () => {
  let server: ExampleServer;
  beforeAll(async () => {
    server = await startExample({}, undefined, 'with more');
  });
  afterAll(async () => {
    await server.stop();
  });

  test.each(clientNames)(
    '%s: its cause is in the log, with the id that the client has, and the password is nowhere',
    async (name) => {
      const client = await clients[name]({
        url: server.url,
        token: await server.token('acme', { agent: name.slice(0, 3) }),
      });
      for (const way of ways) await expectSecretKept(await client.call('leak', { way }), () => server.output.stderr);
      await client.close();
      expect(server.output.stderr).not.toContain('hunter2');
    },
  );
});

describe('a password in what a handler throws, over stdio', () => {
  test.each(clientNames)(
    '%s: its cause is in the log, with the id that the client has, and the password is nowhere',
    async (name) => {
      let log = '';
      const onLog = (text: string) => {
        log += text;
      };
      const target: Target = { ...stdioTarget(await emptyFolder(), {}, 'with more'), onLog };
      const client = await clients[name](target);
      try {
        for (const way of ways) await expectSecretKept(await client.call('leak', { way }), () => log);
      } finally {
        await client.close();
      }
      expect(log).not.toContain('hunter2');
    },
    120_000,
  );
});
