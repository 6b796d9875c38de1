import { type FailedCall, hardened, type Principal } from '@sallyport/core';
import { type Host, serve } from '@sallyport/http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { clientNames, clients } from './support/clients.js';

const secret = 'password=hunter2';
const failed: FailedCall[] = [];
const stack = hardened({ report: (call) => failed.push(call) });

/** Everything a handler can throw, with a secret in it. */
const thrown: Readonly<Record<string, () => unknown>> = {
  error: () => new Error(secret, { cause: new Error(secret) }),
  text: () => secret,
  object: () => ({ message: secret, stack: secret, toString: () => secret }),
  rpc: () => Object.assign(new Error(secret), { code: -32602, data: { secret } }),
  hostile: () => ({
    get message() {
      throw new Error(secret);
    },
  }),
};

const tools = Object.entries(thrown).map(([name, make]) =>
  stack.tool({
    name,
    description: 'Fails.',
    access: 'read',
    input: z.object({}),
    handler: () => {
      throw make();
    },
  }),
);

const wrongAnswer = stack.tool({
  name: 'wrong_answer',
  description: 'Answers what its schema does not allow.',
  access: 'read',
  input: z.object({}),
  output: z.object({ count: z.number() }),
  handler: () => ({ count: secret }) as unknown as { count: number },
});

const extraField = stack.tool({
  name: 'extra_field',
  description: 'Answers more than its schema names.',
  access: 'read',
  input: z.object({}),
  output: z.object({ count: z.number() }),
  handler: (_input, { principal }) => ({ count: 1, secret, principal: principal satisfies Principal }),
});

let host: Host;
beforeAll(async () => {
  host = await serve([...tools, wrongAnswer, extraField], {
    anonymous: true,
    port: 0,
    serverInfo: { name: 'leaky', version: '1.0.0' },
  });
});
afterAll(async () => {
  await host.close();
});

describe.each(clientNames)('what a handler lets slip, %s', (name) => {
  test.each([...Object.keys(thrown), 'wrong_answer'])(
    '%s: the client sees INTERNAL and an error id, the log has the cause',
    async (tool) => {
      const client = await clients[name]({ url: host.url, token: 'none' });
      const answer = await client.call(tool);
      await client.close();
      expect(JSON.stringify(answer)).not.toContain('hunter2');
      expect(answer.content[0]?.text).toMatch(/^INTERNAL: .* Error id: [0-9a-f-]{36}\.$/);
      const { errorId } = (answer._meta?.['dev.sallyport/error'] ?? {}) as { errorId?: string };
      const logged = failed.find((each) => each.errorId === errorId);
      expect(logged?.error.code).toBe('INTERNAL');
      expect(logged?.error.cause).toBeDefined();
    },
  );

  test('a field the output schema does not name does not leave the server', async () => {
    const client = await clients[name]({ url: host.url, token: 'none' });
    const answer = await client.call('extra_field');
    await client.close();
    expect(answer.structuredContent).toEqual({ count: 1 });
    expect(JSON.stringify(answer)).not.toContain('hunter2');
  });
});
