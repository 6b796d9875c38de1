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
      auth: testPrincipal({ tokenId: text, clientId: text, plan: text, expiresAt: 1 }),
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
  const made = madeUpSecrets(170, 5);
  const { ofEach } = await everything(made, true);
  expect(made.filter(({ core }, index) => ofEach[index]?.includes(core))).toHaveLength(170);
});

test('an event keeps the key of its effect, which an operator looks up, and nothing else of that name', () => {
  const { texts, log } = watched();
  const told = logEvents(log);
  const effect = createHash('sha256').update('refund 7').digest('hex');
  for (const value of [effect, `${effect}0`, `token ${effect}`, { effect }])
    told({ level: 'error', event: 'audit-outcome-lost', tenant: 'acme', effect: value });
  expect(texts.map((line) => line.includes(effect))).toEqual([true, false, false, false]);
});

describe('redactText', () => {
  test('takes every shape of secret out of a text and leaves the words around it', () => {
    for (const { core, text } of madeUpSecrets(1_700, 3)) {
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
  ])('leaves %j as it is', (text) => {
    expect(redactText(text)).toBe(text);
  });

  test.each([
    'a-'.repeat(50_000),
    'a.'.repeat(50_000),
    '1 '.repeat(50_000),
    'x:'.repeat(50_000),
    `${'a'.repeat(50_000)}@`,
  ])('looks at a hostile text in little time', (text) => {
    const before = process.cpuUsage();
    for (let time = 0; time < 10; time++) redactText(text);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 10_000).toBeLessThan(50);
  });
});
