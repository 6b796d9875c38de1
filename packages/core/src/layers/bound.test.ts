import { errorOf, layerHarness, madeUpFacts, testPrincipal } from '@sallyport/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Call } from '../call.js';
import { hardened } from '../hardened.js';
import type { Redact } from '../redact-texts.js';
import { ToolError } from '../tool-error.js';
import type { ToolResult } from '../tool-result.js';
import { bound } from './bound.js';

const answer = (result: ToolResult, limit = 1024, redact?: Redact) =>
  layerHarness(bound(limit, redact), {}, async () => result).call({});
const sizeOf = (result: ToolResult) => Buffer.byteLength(JSON.stringify(result));

test('an answer of exactly the limit passes, one byte more is OUTPUT_TOO_LARGE', async () => {
  const texts = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 40 }));
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      const result: ToolResult = { content: [{ type: 'text', text }], structuredContent: { text } };
      const size = sizeOf(result);
      expect(await answer(result, size)).toBe(result);
      await expect(answer(result, size - 1)).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
    }),
    { numRuns: 300 },
  );
});

test('says how to ask for less, and nothing of the answer', async () => {
  const error: unknown = await answer({ content: [{ type: 'text', text: 'secret'.repeat(100) }] }, 100).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({
    message: 'The answer of echo is over 100 bytes. Ask for less: fewer rows, fewer fields, a narrower filter.',
  });
});

test('1 MiB is the default, and the tool’s own limit goes before it', async () => {
  const big = { content: [{ type: 'text', text: 'x'.repeat(1024 * 1024) }] };
  await expect(layerHarness(bound(), {}, async () => big).call({})).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
  await expect(layerHarness(bound(), { maxOutputBytes: 2 ** 21 }, async () => big).call({})).resolves.toBe(big);
  await expect(layerHarness(bound(2 ** 21), { maxOutputBytes: 10 }, async () => big).call({})).rejects.toBeInstanceOf(
    Error,
  );
});

describe('redact', () => {
  const redact: Redact = (text) => text.replaceAll('hunter2', '***');

  test('sees every text of an answer, wherever it is, and changes nothing else', async () => {
    const result: ToolResult = {
      content: [
        { type: 'text', text: 'a hunter2' },
        { type: 'resource', resource: { uri: 'x://hunter2', text: 'hunter2' } },
        { type: 'image', data: 'hunter2', mimeType: 'image/png' },
      ],
      structuredContent: {
        rows: [{ password: 'hunter2', n: 1, none: null, yes: true, when: new Date(0) }],
        deep: [['hunter2']],
      },
      _meta: { note: 'hunter2' },
    };
    const before = structuredClone(result);
    expect(await answer(result, 4_096, redact)).toEqual({
      content: [
        { type: 'text', text: 'a ***' },
        { type: 'resource', resource: { uri: 'x://***', text: '***' } },
        { type: 'image', data: 'hunter2', mimeType: 'image/png' },
      ],
      structuredContent: {
        rows: [{ password: '***', n: 1, none: null, yes: true, when: '1970-01-01T00:00:00.000Z' }],
        deep: [['***']],
      },
      _meta: { note: '***' },
    });
    expect(result).toEqual(before);
  });

  test('cannot be got round by a member named __proto__', async () => {
    const hostile: unknown = JSON.parse('{"__proto__":{"password":"hunter2"}}');
    const safe = await answer({ structuredContent: hostile }, 1024, redact);
    expect(JSON.stringify(safe)).toBe('{"structuredContent":{"__proto__":{"password":"***"}}}');
  });

  test('is done before the size is judged', async () => {
    const result = { content: [{ type: 'text', text: 'hunter2'.repeat(100) }] };
    await expect(answer(result, 400, redact)).resolves.toBeDefined();
    await expect(answer({ content: [] }, 400, () => 'x'.repeat(1_000))).resolves.toEqual({ content: [] });
    await expect(answer(result, 800, (text) => text.repeat(2))).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
  });
});

test('passes the error of the handler on', async () => {
  const problem = new Error('x');
  await expect(layerHarness(bound(), {}, () => Promise.reject(problem)).call({})).rejects.toBe(problem);
});

test.each([0, -1, Number.NaN, '5'])('a size of %j is refused at registration', (maxOutputBytes) => {
  expect(() => bound().policy?.({ ...madeUpFacts(), maxOutputBytes: maxOutputBytes as number })).toThrow(
    expect.objectContaining({ name: 'PolicyError', field: 'maxOutputBytes' }),
  );
});

test('an answer of a write that is too large does not say to call again', async () => {
  const big = { content: [{ type: 'text', text: 'x'.repeat(1000) }] };
  const write = { policy: { authorize: { access: 'write' } } };
  await expect(layerHarness(bound(100), write, async () => big).call({})).rejects.toMatchObject({
    message: expect.stringContaining('took effect; do not repeat it'),
  });
});

test('an answer of a transactional write that is too large says that nothing was changed: it is undone', async () => {
  const big = { content: [{ type: 'text', text: 'x'.repeat(1000) }] };
  const write = { effects: 'transactional', policy: { authorize: { access: 'write' } } } as const;
  await expect(layerHarness(bound(100), write, async () => big).call({})).rejects.toMatchObject({
    message: 'The answer of echo is over 100 bytes. Nothing was changed.',
  });
});

test('redact sees the texts of an error, and changes nothing else of it', async () => {
  const cause = new Error('hunter2');
  const error = new ToolError('RATE_LIMITED', 'hunter2', {
    retryAfterMs: 5,
    limit: 'hunter2',
    details: { at: ['hunter2'] },
    cause,
  });
  const redact = (text: string) => text.replaceAll('hunter2', '***');
  const harness = layerHarness(bound(100, redact), {}, () => Promise.reject(error));
  await expect(harness.call({})).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    message: '***',
    retryAfterMs: 5,
    limit: '***',
    details: { at: ['***'] },
    cause,
  });
});

test('redact sees the texts of resources and prompts, and leaves binary data alone', async () => {
  const secret = 'hunter2';
  const blob = Buffer.from(secret).toString('base64');
  const result = {
    contents: [
      { uri: 'x:1', text: secret },
      { uri: 'x:2', blob },
    ],
    messages: [{ role: 'user', content: { type: 'text', text: secret } }],
    content: [{ type: 'resource', resource: { uri: 'x:3', text: secret, blob } }],
    description: secret,
  };
  const redact = (text: string) => text.replaceAll(secret, '***').replaceAll(blob, 'broken');
  expect(await answer(result, 1024, redact)).toEqual({
    contents: [
      { uri: 'x:1', text: '***' },
      { uri: 'x:2', blob },
    ],
    messages: [{ role: 'user', content: { type: 'text', text: '***' } }],
    content: [{ type: 'resource', resource: { uri: 'x:3', text: '***', blob } }],
    description: '***',
  });
});

describe('with hardened({ redact }), every text that leaves is redacted:', () => {
  const redact = (text: string) => text.replaceAll(/sk_live_\w+/g, '[redacted]');
  const input = z.object({ key: z.string().refine((key) => !key.startsWith('sk_'), 'not one like sk_live_1') });
  const called = async (
    handler: (call: Pick<Call, 'client'>) => Record<string, unknown>,
    sent: object = { key: 'x' },
  ) => {
    const said: unknown[] = [];
    const client = { progress: (...it: unknown[]) => said.push(it), log: (...it: unknown[]) => said.push(it) };
    const tool = hardened({ redact, report: () => {} }).tool({
      name: 'leak',
      description: 'Leaks.',
      access: 'read',
      input,
      output: z.record(z.string(), z.unknown()),
      handler: (_, call) => handler(call),
    });
    return { result: await tool.call({ input: sent, auth: testPrincipal(), client }), said };
  };

  test('names of members, which are data where they are its own', async () => {
    const { result } = await called(() => ({ sk_live_1: { sk_live_2: 'sk_live_3' } }));
    expect(JSON.stringify(result)).not.toContain('sk_live');
    expect(result.structuredContent).toEqual({ '[redacted]': { '[redacted]': '[redacted]' } });
    const failed = await called(() => {
      throw new ToolError('POLICY_DENIED', 'No.', { details: { sk_live_1: 1 } });
    });
    expect(JSON.stringify(failed.result)).not.toContain('sk_live');
  });

  test('progress and log messages; what cannot be redacted is not sent and fails nothing', async () => {
    const endless: unknown[] = [];
    endless.push(endless);
    const { result, said } = await called(({ client }) => {
      client.progress(1, 2, 'sk_live_1');
      client.log('info', { sk_live_2: ['sk_live_3'] });
      client.log('info', endless);
      return {};
    });
    expect(result.isError).toBeUndefined();
    expect(said).toEqual([
      [1, 2, '[redacted]'],
      ['info', { '[redacted]': ['[redacted]'] }],
    ]);
  });

  test('what a schema says of arguments', async () => {
    const { result } = await called(() => ({}), { key: 'sk_live_1' });
    expect(errorOf(result)?.code).toBe('INVALID_INPUT');
    expect(JSON.stringify(result)).toContain('not one like [redacted]');
  });
});
