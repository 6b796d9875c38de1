import { type CallRequest, type Principal, type Tool, ToolError } from '@sallyport/core';
import { Interrupter, Roster, type Seat } from '@sallyport/core/adapter';
import { ownerOf } from './owner-of.js';

/** A request whose call can be interrupted. */
export type Interruptible = CallRequest & { readonly interruption: Interrupter };

/** The tool calls that run now, wherever their callers have gone, and the means to interrupt them. */
export class RunningCalls {
  readonly #running = new Roster<Interruptible>();

  /** The tool with a signal that also aborts on {@link interrupt} and {@link cancel}. */
  track(tool: Tool): Tool {
    return {
      facts: tool.facts,
      layers: tool.layers,
      call: (request) => this.#linked(request, (linked) => tool.call(linked)),
      outcome: (request) => this.#linked(request, (linked) => tool.outcome(linked)),
    };
  }

  /** Aborts every call that runs, with `SHUTTING_DOWN` as the reason. Returns how many. */
  interrupt(): number {
    const reason = new ToolError(
      'SHUTTING_DOWN',
      'This instance is shutting down. Repeat the call; another one answers it.',
    );
    const count = this.#running.size;
    for (const { interruption } of this.#running) interruption.abort(reason);
    return count;
  }

  /**
   * Aborts the call that a client of the 2025 era without a session made under this JSON-RPC id. Such a client cancels in
   * another request, and ids repeat between the clients of one principal: when more than one call could be meant, none is
   * aborted, and the deadline of each ends it. `7` and `"7"` are two ids.
   */
  cancel(principal: Principal, id: string | number): void {
    const owner = ownerOf(principal);
    const meant = [...this.#running].filter(
      (request) => isNamed(request, id) && isStatelessLegacy(request) && ownedBy(request, owner),
    );
    if (meant.length === 1) meant[0]?.interruption.abort(new ToolError('CANCELLED', 'The client cancelled the call.'));
  }

  /** Aborts the calls of a session of the 2025 era that has ended. Returns how many still run, whenever they were aborted. */
  endSession(id: string, reason: ToolError): number {
    const ended = [...this.#running].filter(({ sdk }) => sessionOf(sdk) === id);
    for (const { interruption } of ended) interruption.abort(reason);
    return ended.length;
  }

  /** Counts the call as running until it is left: for who runs it on its own. */
  enter(request: Interruptible): Seat<Interruptible> {
    return this.#running.enter(request);
  }

  leave(seat: Seat<Interruptible>): void {
    this.#running.leave(seat);
  }

  async #linked<T>(request: CallRequest, run: (linked: Interruptible) => T | Promise<T>): Promise<T> {
    const { signal } = request;
    const interruption = new Interrupter();
    const onAbort = () => interruption.abort(signal?.reason);
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    const linked = { ...request, interruption };
    const seat = this.#running.enter(linked);
    try {
      return await run(linked);
    } finally {
      this.#running.leave(seat);
      signal?.removeEventListener('abort', onAbort);
    }
  }
}

/** Calls carry their ids as texts; what type it was is known to the SDK's `ctx`. */
function isNamed({ requestId, sdk }: CallRequest, id: string | number): boolean {
  return requestId === String(id) && (sdk as { readonly mcpReq?: { id?: unknown } } | undefined)?.mcpReq?.id === id;
}

function ownedBy({ auth }: CallRequest, owner: string): boolean {
  return auth !== undefined && ownerOf(auth) === owner;
}

/** A call of 2026-07-28 carries an envelope, and one in a session the session's id. */
function isStatelessLegacy({ sdk, meta }: CallRequest): boolean {
  const { mcpReq } = (sdk ?? {}) as { readonly mcpReq?: { envelope?: unknown } };
  const enveloped = mcpReq?.envelope ?? meta?.['io.modelcontextprotocol/protocolVersion'];
  return sessionOf(sdk) === undefined && enveloped === undefined;
}

/** The id of the session that the SDK's `ctx` is of. */
function sessionOf(sdk: unknown): unknown {
  return (sdk as { readonly sessionId?: unknown } | undefined)?.sessionId;
}
