import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, modernCall, post } from '../test-rig/messages.js';
import { issuer, start, stopAll } from '../test-rig/start.js';
import { Refused } from './answer.js';
import { assertEnvelope } from './assert-envelope.js';

const wide = (members: number, value: unknown = 1) =>
  Object.fromEntries(Array.from({ length: members }, (_, i) => [`k${i}`, value]));
const list = (items: number) => Array.from({ length: items }, () => 1);
const withMeta = (_meta: unknown) => ({ jsonrpc: '2.0', id: 7, method: 'tools/list', params: { _meta } });

/** Why the message is refused. */
function reasonOf(message: unknown): string | undefined {
  try {
    assertEnvelope(message, Number.POSITIVE_INFINITY);
    return undefined;
  } catch (error) {
    const { status, body } = (error as Refused).answer;
    expect(error).toBeInstanceOf(Refused);
    expect(status).toBe(400);
    const { id, error: answer } = body as { id: unknown; error: { code: number; data: { reason: string } } };
    expect([id, answer.code]).toEqual([7, -32600]);
    return answer.data.reason;
  }
}

it.each<[what: string, beyond: unknown]>([
  ['members', withMeta(wide(257, 0))],
  ['elements', withMeta({ a: list(1_000) })],
])('too many %s are found in the shortest message that has them', (_, beyond) => {
  expect(() => assertEnvelope(beyond, JSON.stringify(beyond).length)).toThrow(Refused);
  expect(reasonOf(beyond)).toBe('meta_too_large');
});

describe('_meta', () => {
  it.each<[string, unknown]>([
    ['256 members', wide(256)],
    ['1,000 elements', { a: list(998), b: 1 }],
    ['1,000 elements at several depths', { a: { b: { c: list(997) } } }],
    ['none', {}],
    ['null', null],
    ['no object', 'text'],
    ['a long text', { a: 'x'.repeat(100_000) }],
  ])('may have %s', (_, meta) => {
    expect(reasonOf(withMeta(meta))).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['257 members', wide(257)],
    ['1,001 elements', { a: list(999), b: 1 }],
    ['1,001 elements at several depths', { a: { b: { c: list(998) } } }],
    ['a wide member', { 'io.modelcontextprotocol/clientCapabilities': { experimental: wide(24_000, {}) } }],
    ['a list in place of it', list(1_001)],
    ['lists of lists', { a: Array.from({ length: 40 }, () => list(40)) }],
    ['a wide __proto__', JSON.parse(`{"__proto__":${JSON.stringify(wide(1_000))}}`)],
  ])('may not have %s', (_, meta) => {
    expect(reasonOf(withMeta(meta))).toBe('meta_too_large');
    expect(reasonOf({ jsonrpc: '2.0', id: 7, result: { _meta: meta } })).toBe('meta_too_large');
  });
});

describe('the rest of a message', () => {
  const envelope = (more: object) => ({ jsonrpc: '2.0', id: 7, ...more });
  const withParams = (params: unknown, method = 'tools/list') => envelope({ method, params });

  it.each<[string, object]>([
    ['256 members', envelope(wide(254))],
    ['an error of 1,000 elements', envelope({ error: { code: 1, message: 'no', data: list(997) } })],
    ['params of 256 members', withParams(wide(256))],
    ['params of 1,000 elements', withParams({ a: list(998), b: 1 })],
    ['a result of 256 members', envelope({ result: wide(256, wide(100)) })],
    [
      'what a tool takes, however wide',
      withParams({ arguments: wide(10_000, [1, 1]), _meta: wide(256) }, 'tools/call'),
    ],
    ['arguments of a prompt', withParams({ arguments: wide(998, 'x') }, 'prompts/get')],
    ['what a client was asked for, however large', withParams({ inputResponses: { a: list(20_000) } }, 'prompts/get')],
    ['256 things that a client was asked for', withParams({ inputResponses: wide(256, [1]) }, 'resources/read')],
    ['no object for params', withParams('text')],
    ['null for params', withParams(null)],
  ])('may have %s', (_, message) => {
    expect(reasonOf(message)).toBeUndefined();
  });

  it.each<[string, object]>([
    ['257 members', envelope(wide(255))],
    ['params of 257 members', withParams(wide(257))],
    ['params of 257 members, one of them for the tool', withParams({ ...wide(256), arguments: {} })],
    ['params of 1,001 elements', withParams({ a: list(999), b: 1 })],
    ['params of 1,001 elements at several depths', withParams({ a: { b: { c: list(998) } } })],
    ['wide capabilities', withParams({ capabilities: { experimental: wide(1_000, {}) } })],
    ['what a tool takes where none is named', withParams({ arguments: wide(1_000) })],
    ['very many arguments of a prompt', withParams({ arguments: wide(1_000) }, 'prompts/get')],
    ['answers to what was not asked', withParams({ inputResponses: { a: list(1_000) } })],
    ['more arguments than any tool takes', withParams({ arguments: wide(10_001) }, 'tools/call')],
    ['an error of 1,001 elements', envelope({ error: { code: 1, message: 'no', data: list(998) } })],
    ['257 things that a client was asked for', withParams({ inputResponses: wide(257) }, 'tools/call')],
    ['what a tool takes, but deeper', withParams({ a: { arguments: list(1_000) } })],
    ['a list of 257 for params', withParams(list(257))],
    ['a wide __proto__', withParams(JSON.parse(`{"__proto__":${JSON.stringify(wide(1_000))}}`))],
    ['a result of 257 members', envelope({ result: wide(257) })],
  ])('may not have %s', (_, message) => {
    expect(reasonOf(message)).toBe('too_complex');
  });
});

it('what a client says of itself is 64 KiB at most, because a session keeps it', () => {
  const initialize = (length: number) => ({
    ...{ jsonrpc: '2.0', id: 7, method: 'initialize' },
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'n'.repeat(length), version: '1' } },
  });
  const refusedAt = (length: number) => {
    const message = initialize(length);
    try {
      assertEnvelope(message, JSON.stringify(message).length);
      return undefined;
    } catch (error) {
      return (error as Refused).answer.status;
    }
  };
  const rest = JSON.stringify(initialize(0)).length;
  expect([refusedAt(65_536 - rest), refusedAt(65_537 - rest)]).toEqual([undefined, 400]);
});

describe('what an error says again', () => {
  const long = 'n'.repeat(8_193);
  const fits = long.slice(1);
  const message = (method: string, params: object = {}) => ({ jsonrpc: '2.0', id: 7, method, params });
  const versioned = (version: string) =>
    message('tools/list', { _meta: { 'io.modelcontextprotocol/protocolVersion': version } });
  const progressing = (progressToken: string) => message('tools/call', { name: 'n', _meta: { progressToken } });

  it.each<[string, object, object]>([
    ['a method', message(fits), message(long)],
    ['the name of a tool', message('tools/call', { name: fits }), message('tools/call', { name: long })],
    ['the id of a task', message('tasks/get', { taskId: fits }), message('tasks/get', { taskId: long })],
    ['the name of a prompt', message('prompts/get', { name: fits }), message('prompts/get', { name: long })],
    ['a protocol version', versioned(fits), versioned(long)],
    ['a progress token, which every notification says', progressing(fits), progressing(long)],
    [
      'the URI of a resource',
      message('resources/read', { uri: 'u'.repeat(32_768) }),
      message('resources/read', { uri: 'u'.repeat(32_769) }),
    ],
  ])('%s has a longest length', (_, within, beyond) => {
    expect(reasonOf(within)).toBeUndefined();
    expect(reasonOf(beyond)).toBe('name_too_long');
  });

  it('the id of a subscription has one as well, because every notification says it', () => {
    const listen = (id: string) => ({ ...message('subscriptions/listen'), id });
    const check = (id: string) => () => assertEnvelope(listen(id), id.length);
    expect(check(fits)).not.toThrow();
    expect(check(long)).toThrow(Refused);
  });

  it.each<unknown>([null, 7, 'x', true, {}, { params: null }, { params: 'x', result: 5 }, { method: 5, params: [] }])(
    '%j is none of its business',
    (odd) => {
      expect(() => assertEnvelope(odd, Number.POSITIVE_INFINITY)).not.toThrow();
    },
  );
});

describe('at the edge', () => {
  let rig: Awaited<ReturnType<typeof start>>;
  let token: string;
  beforeAll(async () => {
    [rig, token] = await Promise.all([start(), issuer.mint()]);
  });
  afterAll(stopAll);

  const name = 'n'.repeat(900_000);
  const modern = modernCall('echo', { text: 'x' });
  const { params } = modern.body as { params: { _meta: object } };
  const eras: [string, object, Record<string, string>][] = [
    ['2025', call('echo', { text: 'x' }), {}],
    ['2026-07-28', modern.body, modern.headers],
  ];

  it.each(eras)('40,000 members of _meta are refused before anything runs: %s', async (_, body, headers) => {
    const { params } = body as { params: { _meta?: object } };
    const wideBody = JSON.stringify({ ...body, params: { ...params, _meta: { ...params._meta, ...wide(40_000) } } });
    const answer = await post(rig.host.url, wideBody, token, headers);
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { id: 1, error: { code: -32600, data: { reason: 'meta_too_large' } } },
    ]);
    expect(rig.runs).toEqual([]);
  });

  it.each(eras)('40,000 members of params as well: %s', async (_, body, headers) => {
    const { params } = body as { params: object };
    const answer = await post(rig.host.url, { ...body, params: { ...params, ...wide(40_000) } }, token, headers);
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { id: 1, error: { code: -32600, data: { reason: 'too_complex' } } },
    ]);
    expect(rig.runs).toEqual([]);
  });

  it.each(eras)(
    'a tool that is only unknown is told 256 arguments, and 257 are refused: %s',
    async (_, body, headers) => {
      const { params } = body as { params: object };
      const named = headers['Mcp-Name'] === undefined ? headers : { ...headers, 'Mcp-Name': 'nobody' };
      const answers = await Promise.all(
        [256, 257, 40_000].map((members) => {
          const called = { ...body, params: { ...params, name: 'nobody', arguments: wide(members) } };
          return post(rig.host.url, called, token, named);
        }),
      );
      expect(await Promise.all(answers.map(async (answer) => [answer.status, await answer.text()]))).toEqual([
        [200, expect.stringContaining('"code":-32602,"message":"Unknown tool: nobody')],
        [400, expect.stringContaining('"reason":"too_complex"')],
        [400, expect.stringContaining('"reason":"too_complex"')],
      ]);
    },
  );

  it.each<[string, object, Record<string, string>]>([
    ['a tool of the 2025 era', call(name), {}],
    ['a tool', { ...modern.body, params: { ...params, name } }, modern.headers],
    ['a method', { ...modern.body, method: name }, modern.headers],
    [
      'a prompt',
      { ...modern.body, method: 'prompts/get', params: { ...params, name } },
      { ...modern.headers, 'Mcp-Method': 'prompts/get' },
    ],
    [
      'a resource',
      { ...modern.body, method: 'resources/read', params: { ...params, uri: name } },
      { ...modern.headers, 'Mcp-Method': 'resources/read' },
    ],
    [
      'a protocol version',
      {
        ...modern.body,
        params: { ...params, _meta: { ...params._meta, 'io.modelcontextprotocol/protocolVersion': name } },
      },
      modern.headers,
    ],
  ])('a name of 900 KB is in no answer, whatever it is of: %s', async (_, body, headers) => {
    const answer = await post(rig.host.url, body, token, headers);
    const text = await answer.text();
    expect([answer.status, JSON.parse(text)]).toMatchObject([
      400,
      { id: 1, error: { code: -32600, data: { reason: 'name_too_long' } } },
    ]);
    expect(text.length).toBeLessThan(500);
  });

  it.each(eras)(
    'a tool that is only unknown is answered as before, with the beginning of its name: %s',
    async (_, body, headers) => {
      const unknown = 'u'.repeat(8_192);
      const { params } = body as { params: object };
      const answer = await post(rig.host.url, { ...body, params: { ...params, name: unknown } }, token, {
        ...headers,
        ...(headers['Mcp-Name'] === undefined ? {} : { 'Mcp-Name': unknown }),
      });
      expect(answer.status).toBe(200);
      expect(await answer.text()).toMatch(/"code":-32602,"message":"Unknown tool: u{128}\W/);
    },
  );
});
