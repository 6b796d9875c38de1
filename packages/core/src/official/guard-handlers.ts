import type { Call } from '../call.js';
import type { Stack } from '../stack.js';
import type { Tool } from '../tool.js';
import { answerBadParams } from './answer-bad-params.js';
import { guardedMethods, guardMethod } from './guard-method.js';
import { groupsSet } from './handler-groups.js';
import { setHardening } from './hardening.js';
import { internalsOf } from './official-internals.js';
import type { OfficialMcpServer } from './official-server.js';

/** A handler that somebody sets, as an adapter reads it out of the arguments of `setRequestHandler`. */
export interface HandlerSetting {
  readonly method: string;
  /** Runs it; `sdk` is the SDK's own `extra` or `ctx`. */
  run(params: unknown, sdk: unknown, call: Call): unknown;
  /** What is set in its place: a handler of the SDK that answers through the guard. */
  through(guard: Tool): (request: never, sdk: never) => unknown;
}

/**
 * From here on guards the handler of every method that runs an author's code, whoever sets it, and those that the SDK has set
 * already because their capability was declared. `tools/list` and `tools/call` can no longer be set at all.
 */
export function guardHandlers<Args extends readonly unknown[], C extends Call, P>(
  server: OfficialMcpServer,
  stack: Stack<C, P>,
  read: (...args: Args) => HandlerSetting,
): void {
  const official = server.server;
  const guards = new Map<string, Tool>();
  const install = official.setRequestHandler.bind(official) as (...args: readonly unknown[]) => void;
  const set = (...args: Args) => {
    const { method, run, through } = read(...args);
    if (method === 'tools/list' || method === 'tools/call') throw new Error(`${method} is answered by Sallyport.`);
    if (!guardedMethods.includes(method)) return install(...args);
    const guard = guardMethod(stack, method, run);
    guards.set(method, guard);
    // The handler comes last in both generations.
    install(...args.slice(0, -1), through(guard));
    answerBadParams(official, [method]);
  };
  official.setRequestHandler = set as typeof official.setRequestHandler;
  setHardening(official, { guards, install: install as typeof official.setRequestHandler });
  const internals = internalsOf(server);
  for (const { flag, setAgain, methods } of groupsSet(internals)) {
    if (setAgain === undefined) continue;
    for (const method of methods) official.removeRequestHandler(method);
    internals[flag] = false;
    internals[setAgain]();
  }
  answerBadParams(official, ['initialize', 'logging/setLevel']);
}
