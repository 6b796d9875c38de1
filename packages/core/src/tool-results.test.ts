import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isReply, reply } from './reply.js';
import { toolResults } from './tool-results.js';

const text = (value: string) => ({ content: [{ type: 'text', text: value }] });

/** Throws at once, or rejects. */
const failing = async (output: z.ZodType, value: unknown) => toolResults(output)(value);

describe('without an output schema', () => {
  test.each([
    ['text stays text', 'a "b"', text('a "b"')],
    ['the empty text is an answer', '', text('')],
    ['an object is JSON text', { a: [1, null] }, text('{"a":[1,null]}')],
    ['a number', 0, text('0')],
    ['null', null, text('null')],
    ['false', false, text('false')],
    ['a date', new Date(0), text('"1970-01-01T00:00:00.000Z"')],
    ['nothing is an empty answer', undefined, { content: [] }],
    ['what JSON has no text for is an empty answer', () => 1, { content: [] }],
    ['a look-alike of a result is data', { content: [], isError: true }, text('{"content":[],"isError":true}')],
  ])('%s', async (_, value, expected) => {
    expect(await toolResults(undefined)(value)).toEqual(expected);
  });
});

describe('with an output schema', () => {
  const output = z.object({ id: z.number(), inner: z.object({ a: z.string() }).optional() });

  test('the value is parsed: what the schema does not name does not leave the server, in no form', async () => {
    const result = await toolResults(output)({ id: 1, secret: 'hunter2', inner: { a: 'x', secret: 'hunter2' } });
    expect(result).toEqual({ ...text('{"id":1,"inner":{"a":"x"}}'), structuredContent: { id: 1, inner: { a: 'x' } } });
  });

  test.each([[{ id: '1' }], [undefined], ['text'], [null]])(
    '%j does not match and is INTERNAL, with the mismatch as cause',
    async (value) => {
      await expect(failing(output, value)).rejects.toMatchObject({
        code: 'INTERNAL',
        cause: { name: 'ZodError' },
      });
    },
  );

  test('a reply has its structuredContent parsed and keeps the rest', async () => {
    const said = reply({ ...text('one'), structuredContent: { id: 1, secret: 'x' }, _meta: { a: 1 } });
    expect(await toolResults(output)(said)).toEqual({ ...text('one'), structuredContent: { id: 1 }, _meta: { a: 1 } });
    await expect(failing(output, reply(text('none')))).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test("an error result of the tool's own needs no structuredContent", async () => {
    const said = reply({ ...text('no such order'), isError: true });
    expect(await toolResults(output)(said)).toBe(said);
  });

  test('a schema may take its time', async () => {
    const slow = z.object({ id: z.number().refine(async (id) => id === 1) });
    expect(await toolResults(slow)({ id: 1 })).toMatchObject({ structuredContent: { id: 1 } });
    await expect(failing(slow, { id: 2 })).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

test('a request for input passes through untouched, with and without a schema', async () => {
  const asking = { resultType: 'input_required', inputRequests: {}, requestState: 's' };
  expect(await toolResults(undefined)(asking)).toBe(asking);
  expect(await toolResults(z.object({ id: z.number() }))(asking)).toBe(asking);
});

test('a reply is known by its making, not by its looks', () => {
  const made = reply({ content: [] });
  expect(isReply(made)).toBe(true);
  expect(isReply({ ...made })).toBe(false);
  for (const other of [undefined, null, 7, 'x']) expect(isReply(other)).toBe(false);
});
