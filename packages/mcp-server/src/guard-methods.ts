import type { McpServer, Server, ServerContext } from '@modelcontextprotocol/server';
import type { Call, Stack } from '@sallyport/core';
import { type AdapterOptions, dispatch, guardedMethods, guardMethod, methodAnswer } from '@sallyport/core/adapter';
import { setHardening } from './hardening.js';
import { incoming, withSignal } from './incoming.js';
import { type Internals, internalsOf } from './internals.js';

type SetHandler = Server['setRequestHandler'];
type Inner = (requestOrParams: unknown, ctx: ServerContext) => unknown;

/** What the SDK installs together, and how it remembers that it did. */
const groups = [
  ['_toolHandlersInitialized', undefined, ['tools/list', 'tools/call']],
  [
    '_resourceHandlersInitialized',
    'setResourceRequestHandlers',
    ['resources/list', 'resources/templates/list', 'resources/read'],
  ],
  ['_promptHandlersInitialized', 'setPromptRequestHandlers', ['prompts/list', 'prompts/get']],
  ['_completionHandlerInitialized', 'setCompletionRequestHandler', ['completion/complete']],
] as const;

/**
 * From here on guards the handler of every method that runs an author's code, whoever sets it, and those that the SDK has set
 * already because their capability was declared. `tools/list` and `tools/call` can no longer be set at all.
 */
export function guardMethods<C extends Call, P>(server: McpServer, stack: Stack<C, P>, options: AdapterOptions): void {
  const official = server.server;
  const internals = internalsOf(server);
  assertNoneOfTheAuthors(official, internals);
  const guards = new Map();
  const install: SetHandler = official.setRequestHandler.bind(official);
  const set = (method: string, ...rest: [Inner] | [schemas: object, Inner]) => {
    if (method === 'tools/list' || method === 'tools/call') throw new Error(`${method} is answered by Sallyport.`);
    const handler = rest.at(-1) as Inner;
    if (!guardedMethods.includes(method)) return install(method as never, ...(rest as [never]));
    const wantsParams = rest.length > 1;
    const guard = guardMethod(stack, method, (params, ctx, signal) =>
      handler(wantsParams ? params : { method, params }, withSignal(ctx as ServerContext, signal)),
    );
    guards.set(method, guard);
    const guarded = async (request: { params?: unknown }, ctx: ServerContext) =>
      methodAnswer(await dispatch(guard, incoming(wantsParams ? request : request.params, ctx), options));
    install(method as never, ...([...rest.slice(0, -1), guarded] as [never]));
  };
  official.setRequestHandler = set as SetHandler;
  setHardening(official, { guards, install });
  for (const [flag, setAgain, methods] of groups) {
    if (!internals[flag] || setAgain === undefined) continue;
    for (const method of methods) official.removeRequestHandler(method);
    internals[flag] = false;
    internals[setAgain]();
  }
}

function assertNoneOfTheAuthors(official: Server, internals: Internals): void {
  const own: ReadonlySet<string> = new Set(groups.flatMap(([flag, , methods]) => (internals[flag] ? methods : [])));
  for (const method of [...guardedMethods, 'tools/list', 'tools/call']) {
    if (own.has(method)) continue;
    try {
      official.assertCanSetRequestHandler(method);
    } catch {
      throw new Error(`Call harden before a handler for ${method} is set.`);
    }
  }
}
