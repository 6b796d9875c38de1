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

describe('a reply that is no answer to the protocol is INTERNAL, with what is wrong as cause', () => {
  const block = (fields: object) => ({ content: [fields] });
  const resource = (fields: object) => block({ type: 'resource', resource: fields });
  const png = { type: 'image', data: 'aGk=', mimeType: 'image/png' };
  test.each<[string, object]>([
    ['content that is no list', { content: 'nope' }],
    ['no content at all', { content: null }],
    ['a block that is no object', block(5 as never)],
    ['a hole', { content: new Array(1) }],
    ['an unknown type of block', block({ type: 'smell', strength: 1 })],
    ['no type of block', block({ text: 'x' })],
    ['a text that is none', block({ type: 'text', text: 5 })],
    ['bad base64', block({ ...png, data: 'a*' })],
    ['an image without its type', block({ type: 'image', data: 'aGk=' })],
    ['bad base64 of audio', block({ ...png, type: 'audio', data: 'a' })],
    ['a link without a name', block({ type: 'resource_link', uri: 'a:b' })],
    ['a link with a bad icon', block({ type: 'resource_link', uri: 'a:b', name: 'b', icons: [{}] })],
    ['a resource without text or bytes', resource({ uri: 'a:b' })],
    ['a resource without an address', resource({ text: 'x' })],
    ['a resource with bad base64', resource({ uri: 'a:b', blob: '*' })],
    ['an audience that nobody is', block({ type: 'text', text: 'x', annotations: { audience: ['dog'] } })],
    ['a priority beyond 1', block({ ...png, annotations: { priority: 2 } })],
    ['a time that is none', block({ type: 'text', text: 'x', annotations: { lastModified: 'soon' } })],
    ['_meta of a block that is no object', block({ type: 'text', text: 'x', _meta: [] })],
    ['_meta that is no object', { content: [], _meta: 5 }],
    ['a progress token that is none', { content: [], _meta: { progressToken: {} } }],
    ['an error that is not told by true or false', { content: [], isError: 'yes' }],
    ['a type of result that is no text', { content: [], resultType: 5 }],
  ])('%s', async (_, said) => {
    const wrong = { code: 'INTERNAL', cause: { name: 'ZodError' } };
    const late = async (output: z.ZodType | undefined) => toolResults(output)(reply({ ...said } as never));
    await expect(late(undefined)).rejects.toMatchObject(wrong);
    await expect(late(z.object({}))).rejects.toMatchObject(wrong);
  });

  test.each([new (class Row {})(), 1n, () => 1, Number.NaN])(
    'structured content that is no JSON: %o',
    (structuredContent) => {
      const said = reply({ content: [], structuredContent });
      expect(() => toolResults(undefined)(said)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    },
  );

  test('what the protocol allows passes as it is, whatever else is in it', async () => {
    const said = reply({
      content: [
        { type: 'text', text: 'x', more: 1 },
        {
          type: 'text',
          text: 'x',
          annotations: { audience: ['user'], priority: 1, lastModified: '2026-01-01T00:00:00Z' },
        },
        png,
        { ...png, type: 'audio', _meta: { a: 1 } },
        { type: 'resource_link', uri: 'a:b', name: 'b', size: 1, icons: [{ src: 'a:c', theme: 'dark' }] },
        { type: 'resource', resource: { uri: 'a:b', text: 'x', mimeType: 'text/plain' } },
        { type: 'resource', resource: { uri: 'a:b', blob: '' } },
      ],
      structuredContent: { a: undefined },
      isError: false,
      _meta: { progressToken: 5, 'example.com/x': null },
      more: 1,
    });
    expect(await toolResults(undefined)(said)).toBe(said);
    for (const structuredContent of [[1], 'x', 0, false, null]) {
      const other = reply({ content: [], structuredContent });
      expect(await toolResults(undefined)(other)).toBe(other);
    }
  });

  test('content may be left out, and is empty then', async () => {
    expect(await toolResults(undefined)(reply({ isError: true } as never))).toEqual({ content: [], isError: true });
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
