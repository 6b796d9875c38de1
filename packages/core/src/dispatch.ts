import { type AdapterOptions, callerOf } from './adapter-options.js';
import type { OnAdmission, Outbound } from './call.js';
import { openOutbound, type Sends } from './outbound.js';
import type { Outcome, Tool } from './tool.js';

/** One request as an adapter reads it out of its SDK. */
export interface Incoming extends Sends {
  readonly input: unknown;
  /** The JSON-RPC id. */
  readonly id: string | number;
  readonly signal: AbortSignal;
  readonly meta: Readonly<Record<string, unknown>> | undefined;
  /** What the transport verified; `undefined` when it carries no credentials. */
  readonly authInfo: object | undefined;
  /** The SDK's own `extra` or `ctx`. */
  readonly sdk: unknown;
  readonly onAdmission?: OnAdmission | undefined;
  /** Puts what a handler sends through `sdk` under the same rules as what it sends through `client`. */
  govern?(client: Outbound): void;
}

/** Runs the tool for a request of an SDK. Never rejects. */
export async function dispatch(tool: Tool, incoming: Incoming, options: AdapterOptions): Promise<Outcome> {
  const { input, id, signal, meta = {}, authInfo, sdk, onAdmission } = incoming;
  const { client, close } = openOutbound(meta, incoming);
  incoming.govern?.(client);
  const auth = callerOf(authInfo, options);
  try {
    return await tool.outcome({
      input,
      requestId: String(id),
      signal,
      meta,
      client,
      sdk,
      onAdmission,
      ...(auth && { auth }),
    });
  } finally {
    close();
  }
}
