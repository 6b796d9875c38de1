import { expect, it, vi } from 'vitest';
import { FakeMcpServer } from '../../test-rig/fake-mcp-server.js';
import { methodAnswer } from '../answer.js';
import { authorize } from '../layers/authorize.js';
import type { Principal } from '../principal.js';
import { createStack } from '../stack.js';
import { guardHandlers } from './guard-handlers.js';
import { guardedMethods } from './guard-method.js';
import { hardeningOf } from './hardening.js';

type Handler = (request: object, sdk: object) => unknown;
const reader: Principal = { issuer: 'test', subject: 'me', scopes: ['mcp:resources:read'] };

/** Hardens as an adapter does whose requests say who calls. */
function guard(server: FakeMcpServer): FakeMcpServer {
  guardHandlers(server, createStack().use(authorize()), (method: string, handler: Handler) => ({
    method,
    run: (params, sdk) => handler({ params }, sdk as object),
    through: (tool) => async (request: { params?: object }, sdk: { auth?: Principal }) => {
      const auth = sdk.auth === undefined ? {} : { auth: sdk.auth };
      return methodAnswer(await tool.outcome({ input: request.params, sdk, ...auth }));
    },
  }));
  return server;
}

/** The least that a method may answer. */
const answers: Readonly<Record<string, object>> = {
  'resources/list': { resources: [] },
  'resources/templates/list': { resourceTemplates: [] },
  'resources/read': { contents: [] },
  'prompts/list': { prompts: [] },
  'prompts/get': { messages: [] },
  'completion/complete': { completion: { values: [] } },
};
const answerTo = (method: string) => ({ ...answers[method], further: true });

const ask = async ({ server }: FakeMcpServer, method: string, auth?: Principal) =>
  server.handlers.get(method)?.({ params: { uri: 'x://r' } }, auth === undefined ? {} : { auth });

const allOf = (server: FakeMcpServer) => {
  server.setResourceRequestHandlers();
  server.setPromptRequestHandlers();
  server.setCompletionRequestHandler();
};
const bySdk = guardedMethods.filter((method) => !method.endsWith('subscribe'));

it.each(guardedMethods)("an author's handler for %s runs only behind the stack", async (method) => {
  const handler = vi.fn(() => answerTo(method));
  const server = guard(new FakeMcpServer());
  server.server.setRequestHandler(method, handler);
  await expect(ask(server, method)).rejects.toMatchObject({ code: 401 });
  expect(handler).not.toHaveBeenCalled();
  expect(await ask(server, method, reader)).toEqual(answerTo(method));
  expect(handler).toHaveBeenCalledOnce();
});

it.each(bySdk)('the handler of the SDK for %s runs only behind the stack, whenever it was set', async (method) => {
  for (const early of [true, false]) {
    const handler = vi.fn(() => answerTo(method));
    const server = new FakeMcpServer(handler);
    if (early) allOf(server);
    guard(server);
    allOf(server);
    await expect(ask(server, method)).rejects.toMatchObject({ code: 401 });
    expect(handler).not.toHaveBeenCalled();
    expect(await ask(server, method, reader)).toEqual(answerTo(method));
  }
});

it.each([undefined, null, 5, 'text', [[]]])(
  'a handler that answers %j fails, as there is no such answer',
  async (answer) => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const server = guard(new FakeMcpServer());
    server.server.setRequestHandler('resources/read', () => answer);
    await expect(ask(server, 'resources/read', reader)).rejects.toMatchObject({
      code: -32603,
      data: { code: 'INTERNAL' },
    });
  },
);

const text = { type: 'text', text: 'x' };
it.each<[method: string, answer: object]>([
  ...Object.keys(answers).map((method): [string, object] => [method, {}]),
  ...guardedMethods.map((method): [string, object] => [method, { ...answers[method], _meta: 5 }]),
  ['resources/list', { resources: [{ uri: 'x://r' }] }],
  ['resources/list', { resources: [], nextCursor: 5 }],
  ['resources/list', { resources: [{ uri: 5, name: 'r' }] }],
  ['resources/templates/list', { resourceTemplates: [{ uriTemplate: 'x://{r}', name: 5 }] }],
  ['resources/read', { contents: [{ uri: 5 }] }],
  ['resources/read', { contents: [{ uri: 'x://r' }] }],
  ['resources/read', { contents: [{ uri: 'x://r', blob: '*' }] }],
  ['prompts/list', { prompts: [{ name: 'p', arguments: [{ name: 5 }] }] }],
  ['prompts/get', { messages: [{ role: 'dog', content: text }] }],
  ['prompts/get', { messages: [{ role: 'user', content: 'x' }] }],
  ['prompts/get', { messages: [{ role: 'user', content: [text] }] }],
  ['completion/complete', { completion: { values: new Array(101).fill('x') } }],
  ['completion/complete', { resultType: 'input_required', inputRequests: {} }],
])('what %s may not answer is INTERNAL, and is reported: %j', async (method, answer) => {
  const reported = vi.spyOn(console, 'error').mockImplementation(() => {});
  const server = guard(new FakeMcpServer());
  server.server.setRequestHandler(method, () => answer);
  const error = await ask(server, method, reader).catch((thrown: { data: { errorId: string } }) => thrown);
  expect(error).toMatchObject({ code: -32603, data: { code: 'INTERNAL', errorId: expect.any(String) } });
  expect(reported).toHaveBeenCalledWith(expect.stringContaining((error as { data: { errorId: string } }).data.errorId));
});

it.each<[method: string, answer: object]>([
  [
    'resources/list',
    { resources: [{ uri: 'x://r', name: 'r', size: 1, annotations: { priority: 0 } }], nextCursor: 'n' },
  ],
  ['resources/templates/list', { resourceTemplates: [{ uriTemplate: 'x://{r}', name: 'r', icons: [{ src: 'i' }] }] }],
  [
    'resources/read',
    {
      contents: [
        { uri: 'x://r', text: '' },
        { uri: 'x://s', blob: 'aGk=', _meta: {} },
      ],
      ttlMs: 5,
    },
  ],
  ['resources/read', { resultType: 'input_required', inputRequests: {} }],
  ['prompts/list', { prompts: [{ name: 'p', title: 'P', arguments: [{ name: 'a', required: true }] }] }],
  ['prompts/get', { messages: [{ role: 'assistant', content: { type: 'resource_link', uri: 'x://r', name: 'r' } }] }],
  ['prompts/get', { resultType: 'input_required', inputRequests: {} }],
  ['completion/complete', { completion: { values: ['a'], total: 1, hasMore: false } }],
])('what %s may answer passes as it is: %j', async (method, answer) => {
  const server = guard(new FakeMcpServer());
  server.server.setRequestHandler(method, () => answer);
  expect(await ask(server, method, reader)).toBe(answer);
});

it('a capability that was not declared is not served', () => {
  expect([...guard(new FakeMcpServer()).server.handlers.keys()]).toEqual([]);
});

it.each(['tools/list', 'tools/call'])('nobody sets %s any more', (method) => {
  const server = guard(new FakeMcpServer());
  expect(() => server.server.setRequestHandler(method, () => ({}))).toThrow(/answered by Sallyport/);
});

it('handlers of other methods are set as they are', () => {
  const handler = () => ({});
  const server = guard(new FakeMcpServer());
  server.server.setRequestHandler('ping', handler);
  expect(server.server.handlers.get('ping')).toBe(handler);
});

it('keeps the guards by method, and the setter that guards nothing', () => {
  const server = new FakeMcpServer();
  const { setRequestHandler } = server.server;
  server.setPromptRequestHandlers();
  guard(server);
  const hardening = hardeningOf(server.server);
  expect([...(hardening?.guards.keys() ?? [])]).toEqual(['prompts/list', 'prompts/get']);
  const handler = () => ({});
  hardening?.install('tools/call', handler);
  expect(server.server.handlers.get('tools/call')).toBe(handler);
  expect(server.server.setRequestHandler).not.toBe(setRequestHandler);
});
