import { expect, it } from 'vitest';
import { z } from 'zod';
import { FakeServer } from '../../test-rig/fake-mcp-server.js';
import { RpcError } from '../rpc-error.js';
import { answerBadParams } from './answer-bad-params.js';
import type { OfficialServer } from './official-server.js';

const request = z.object({ params: z.object({ cursor: z.string() }) });
const issues = request.safeParse({ params: { cursor: 5 } }).error as z.ZodError;

async function thrownFor(thrown: unknown): Promise<unknown> {
  const server = new FakeServer();
  server.setRequestHandler('tools/list', () => {
    throw thrown;
  });
  answerBadParams(server, ['tools/list', 'ping']);
  try {
    return await server.handlers.get('tools/list')?.({}, {});
  } catch (error) {
    return error;
  }
}

it.each([
  ['as zod throws them', issues],
  ['as text', new Error(String(issues.message))],
  ['as text with a code', new Error(`MCP error -32602: Invalid tools/call request: ${issues.message}`)],
])('issues of a request are −32602 with a short text: %s', async (_how, thrown) => {
  expect(await thrownFor(thrown)).toMatchObject({
    code: -32602,
    message: 'Invalid params for tools/list: cursor: expected string, received number.',
  });
});

it.each([
  new RpcError(-32602, 'Unknown tool: x'),
  new Error('[{'),
  new Error('[{}'),
  new Error('Invalid tools/call result: [{}]'),
  'a text',
  undefined,
])('any other error is passed on as it is: %s', async (thrown) => {
  expect(await thrownFor(thrown)).toBe(thrown);
});

it('a handler is taken once, and its answer is its own', async () => {
  const server = new FakeServer();
  server.setRequestHandler('ping', () => ({ pong: true }));
  answerBadParams(server, ['ping']);
  const taken = server.handlers.get('ping');
  answerBadParams(server, ['ping']);
  expect(server.handlers.get('ping')).toBe(taken);
  expect(await taken?.({}, {})).toEqual({ pong: true });
});

it('an SDK that keeps its handlers elsewhere is refused at the start', () => {
  const server = { ...new FakeServer(), _requestHandlers: undefined } as unknown as OfficialServer;
  expect(() => answerBadParams(server, [])).toThrow('its Server has no _requestHandlers');
});
