import { createHash } from 'node:crypto';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { ToolError } from '@sallyport/core';
import { type MadeUpSecret, madeUpSecrets, testPrincipal } from '@sallyport/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { scrape, watched } from '../test-rig/watched.js';
import { logEvents } from './log-events.js';
import { redactText } from './redact-text.js';

const exporter = new InMemorySpanExporter();
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
afterAll(() => {
  context.disable();
  trace.disable();
});

const every = 10_000;

/** Sends each secret along every way that something can take into a log, and gives what was written of each, and in the end. */
async function everything(made: readonly MadeUpSecret[], leak = false): Promise<{ ofEach: string[]; page: string }> {
  const { stack, texts, telemetry, log } = watched({
    agentLimits: {},
    dependencies: { db: { minimumCalls: 1_000_000 } },
  });
  const spec = { description: 'Echoes.', input: z.looseObject({ text: z.string() }), depends: 'db' } as const;
  const ways = {
    answer: (text: string) => text,
    error: (text: string) => Promise.reject(new Error(`query failed: ${text}`)),
    cause: (text: string) =>
      Promise.reject(new ToolError('DEPENDENCY_UNAVAILABLE', 'Down.', { cause: new Error(text) })),
    thrown: (text: string) => Promise.reject(text),
    worded: (text: string) =>
      Promise.reject(new ToolError('INTERNAL', `It said ${text}`, { limit: text, details: { text } })),
    named: (text: string) => Promise.reject(Object.assign(new Error('x'), { name: text, code: text })),
    refused: (text: string) => Promise.reject(new ToolError('INVALID_INPUT', text)),
  };
  const tools = Object.entries(ways).map(([name, way]) =>
    stack.tool({
      ...spec,
      name,
      access: 'write',
      effects: 'natural',
      logged: ['text', 'parts'],
      tracedResult: true,
      handler: ({ text }) => {
        if (leak) texts.push(String(text));
        return way(String(text));
      },
    }),
  );
  const ofEach: string[] = [];
  const told = logEvents(log);
  for (const [index, { text }] of made.entries()) {
    exporter.reset();
    texts.length = 0;
    await tools[index % tools.length]?.call({
      input: {
        text,
        parts: [{ text, inner: JSON.stringify({ text }) }],
        [text.slice(0, 200)]: text,
        idempotency_key: text.slice(0, 200),
      },
      auth: testPrincipal({ tokenId: text, expiresAt: 1 }),
      requestId: text,
      meta: {
        traceparent: text,
        tracestate: text,
        baggage: text,
        progressToken: text,
        'io.modelcontextprotocol/protocolVersion': text,
      },
    });
    told({ level: 'warn', event: 'fault', message: text, cause: new Error(text, { cause: text }), more: { text } });
    const spans = exporter
      .getFinishedSpans()
      .map(({ name, attributes, events, status, links }) =>
        JSON.stringify({ name, attributes, events, status, links }),
      );
    ofEach.push([...texts, ...spans].join('\n'));
  }
  return { ofEach, page: await scrape(telemetry) };
}

test(`of ${every} secrets on every way into logs, spans and metrics, none is found`, async () => {
  const made = madeUpSecrets(every, 11);
  const { ofEach, page } = await everything(made);
  expect(
    ofEach.filter((written) => written.includes('duration_ms') && written.includes('mcp.method.name')),
  ).toHaveLength(every);
  expect(made.filter(({ core }, index) => ofEach[index]?.includes(core) || page.includes(core))).toEqual([]);
});

test('the search finds every secret that a leak writes as it came', async () => {
  const made = madeUpSecrets(280, 5);
  const { ofEach } = await everything(made, true);
  expect(made.filter(({ core }, index) => ofEach[index]?.includes(core))).toHaveLength(280);
});

test('an event keeps the key of its effect, which an operator looks up, and nothing else of that name', () => {
  const { texts, log } = watched();
  const told = logEvents(log);
  const effect = createHash('sha256').update('refund 7').digest('hex');
  for (const value of [effect, `${effect}0`, `token ${effect}`, { effect }])
    told({ level: 'error', event: 'audit-outcome-lost', tenant: 'acme', effect: value });
  expect(texts.map((line) => line.includes(effect))).toEqual([true, false, false, false]);
});

test('an event keeps who a verified token names and the id of a request, as the line of a call does', () => {
  const { log, lines } = watched();
  const who = {
    issuer: 'https://login.example/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0',
    subject: 'AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ',
    agent: 'auth0|64f1c2a9e4b0a1b2c3d4e5f6',
    tenant: '72f988bf-86f1-41af-91ab-2d7cd011db47',
    requestId: 'c56a4180-65aa-42ec-a945-5fd21dec0538',
  };
  logEvents(log)({ level: 'info', event: 'forbidden', ...who, request: 'pwd:hunter2' });
  expect(lines()[0]).toMatchObject({ ...who, request: '[redacted]' });
});

describe('redactText', () => {
  test('takes every shape of secret out of a text and leaves the words around it', () => {
    for (const { core, text } of madeUpSecrets(2_800, 3)) {
      const safe = redactText(`The call failed with ${text} and was given up.`);
      expect(safe).not.toContain(core);
      expect(safe).toMatch(/^The call failed with /);
    }
  });

  test.each([
    'relation "invoices" does not exist',
    'connect ECONNREFUSED 127.0.0.1:5432',
    'at refundOrder (/app/dist/tools/refund-order2.js:10:5)',
    'canceling statement due to statement timeout after 30000 ms',
    'Customer 7 has no open order. Call list_orders first.',
    'DEPENDENCY_UNAVAILABLE_SINCE_YESTERDAY',
    'at /app/node_modules/.pnpm/ioredis@7.2.0/node_modules/ioredis/built/Command.js:207:33',
    'at /app/node_modules/.pnpm/vite@8.0.0-beta.next_yaml@2.8.1/node_modules/vite/index.js:1:1',
    'the lease of 1764173000002 ended at 1764173000003',
    'max_tokens: 4096 is more than the model has',
    'compass: north',
  ])('leaves %j as it is', (text) => {
    expect(redactText(text)).toBe(text);
  });

  test.each([
    ['{"password":"x y z secret","user":"ada"}', '{"[redacted],"user":"ada"}'],
    [
      String.raw`{"body":"{\"password\":\"x \\\"y\\\" z\",\"user\":\"ada\"}"}`,
      String.raw`{"body":"{\"[redacted],\"user\":\"ada\"}"}`,
    ],
    ['PASSWORD="two words" USER=ada', '[redacted] USER=ada'],
    ['password="no end', '[redacted]'],
    ['DB_PASSWORD=hunter2 npm start', 'DB_[redacted] npm start'],
    ['redis-password: foo, then', 'redis-[redacted], then'],
    ['X-Auth-Token: foo', 'X-Auth-[redacted]'],
    ['id_token=foo&state=1', 'id_[redacted]&state=1'],
    ['client_secret => abc', 'client_[redacted]'],
    ['Key (api_key)=(abc) already exists.', 'Key ([redacted] already exists.'],
    ['Authorization: Basic YTpi', '[redacted]'],
    ['Cookie: a=b; session="top secret"; c=d\nHost: shop', '[redacted]\nHost: shop'],
    ['set-cookie: sid=abc; HttpOnly', 'set-[redacted]'],
    ['{"cookie":"a=b; session=abc","host":"shop"}', '{"[redacted],"host":"shop"}'],
    ['paid with 378282246310005', 'paid with [redacted]'],
    ['order 12 4111 1111 1111 1111', 'order [redacted]'],
    ['card_4111111111111111', 'card_[redacted]'],
    ['Nobody is jürgen@exämple.de.', 'Nobody is [redacted].'],
  ])('makes of %j %j', (text, safe) => {
    expect(redactText(text)).toBe(safe);
  });

  test.each([
    'a-'.repeat(500_000),
    'a.'.repeat(500_000),
    '1 '.repeat(500_000),
    '1234 '.repeat(200_000),
    '1'.repeat(1_000_000),
    'x:'.repeat(500_000),
    `${'a'.repeat(1_000_000)}@`,
    'a@a.'.repeat(250_000),
    'password'.repeat(125_000),
    'token-'.repeat(166_666),
    'secret\\\\\\\\" '.repeat(80_000),
    `password${' '.repeat(1_000_000)}`,
    'password="'.repeat(100_000),
    `password="${'\\'.repeat(1_000_000)}`,
    'cookie'.repeat(166_666),
    'cookie: '.repeat(125_000),
    'authorization: a '.repeat(60_000),
  ])('looks at a hostile text in little time', (text) => {
    const before = process.cpuUsage();
    for (let time = 0; time < 10; time++) redactText(text);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 10_000).toBeLessThan(50);
  });
});
