import type { OnRefusal, Principal } from '@sallyport/core';
import type { Log } from './log.js';
import { loggedId, rpcId } from './rpc-error.js';

/** As much of a name that a client made up as is in the log. */
const maxNameLength = 128;

/** Tells of a `tools/call` that names no tool of the server, which no layer sees. How it is answered is the protocol's affair. */
export function unknownTool(message: unknown, principal: Principal, log: Log, onRefusal: OnRefusal): void {
  const { method, params } = (message ?? {}) as {
    readonly method?: unknown;
    readonly params?: { readonly name?: unknown };
  };
  if (method !== 'tools/call') return;
  const name = typeof params?.name === 'string' ? params.name.slice(0, maxNameLength) : undefined;
  const { issuer, subject } = principal;
  log({ level: 'info', event: 'unknown-tool', tool: name, issuer, subject, requestId: loggedId(rpcId(message)) });
  onRefusal({ code: 'UNKNOWN_TOOL', principal });
}
