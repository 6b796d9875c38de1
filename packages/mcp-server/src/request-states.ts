import type { ServerContext } from '@modelcontextprotocol/server';
import { randomId, ToolError } from '@sallyport/core';
import { callerIn } from './caller-in.js';
import { OpenedState } from './opened-state.js';
import { digestOf, requestOf } from './request-binding.js';
import type { SpentStates } from './spent-states.js';

/** What a handler has of its request: the call of a Sallyport tool, or the SDK's own `ctx`. */
export type StateHolder = { readonly sdk?: unknown } | ServerContext;

/** Keeps what a handler must remember between two rounds of `input_required` with the client, sealed. */
export interface RequestStates<T> {
  /** The text for `requestState` of an `input_required` answer. */
  seal(payload: T, holder: StateHolder): Promise<string>;
  /**
   * For `requestState: { verify }` of an `McpServer`, or `requestStates` of `serve`: a state that was made up, has expired, or
   * is another principal's or another method's is answered −32602 before any handler runs, one for other arguments or of another
   * endpoint of the host likewise.
   */
  verify(state: string, ctx: ServerContext): Promise<OpenedState>;
  /**
   * What was sealed, once: `undefined` in the first round. A state that was read before throws `INVALID_INPUT`, so a flow
   * that failed after reading begins anew.
   */
  read(holder: StateHolder): Promise<T | undefined>;
}

/** How long states live, and the wall clock they live by. */
export interface RequestStatesOptions {
  /** Default ten minutes. */
  readonly ttlMs?: number;
  /** Unix milliseconds; instances that share states share this clock. */
  readonly now?: () => number;
}

interface Sealed {
  readonly id: string;
  readonly until: number;
  readonly digest: string;
  readonly payload: unknown;
}

const prefix = 'sp1.';
const ivBytes = 12;
const encoder = new TextEncoder();

/**
 * Sealed request states (MCP 2026-07-28, multi round-trip requests): AES-256-GCM, bound to principal, endpoint, method, name and
 * arguments, expiring, and good for one reading, which `spent` sees to for all instances. Keys have 32 bytes; the first
 * seals, all of them open, so a new one is put first and the old one is taken away a `ttlMs` later.
 *
 * @example
 * ```ts
 * import { memorySpentStates, requestStates } from '@sallyport/mcp-server';
 *
 * const key = crypto.getRandomValues(new Uint8Array(32));
 * const states = requestStates<{ step: number }>([key], memorySpentStates());
 * ```
 */
export function requestStates<T>(
  keys: readonly Uint8Array[],
  spent: SpentStates,
  { ttlMs = 10 * 60_000, now = Date.now }: RequestStatesOptions = {},
): RequestStates<T> {
  if (keys.length === 0 || keys.some((key) => key.length !== 32)) throw new RangeError('A key has 32 bytes.');
  const imported = Promise.all(
    keys.map((key) => crypto.subtle.importKey('raw', Uint8Array.from(key), 'AES-GCM', false, ['encrypt', 'decrypt'])),
  );
  imported.catch(() => {});

  const open = async (state: string, ctx: ServerContext): Promise<Sealed> => {
    const text = state.slice(prefix.length);
    const bytes = Buffer.from(text, 'base64url');
    // The decoder passes over what is none of the alphabet, and one state has one text.
    if (bytes.toString('base64url') !== text) throw new Error('malformed');
    const algorithm = { name: 'AES-GCM', iv: bytes.subarray(0, ivBytes), additionalData: additionalData(ctx) };
    for (const key of await imported) {
      const plain = await crypto.subtle.decrypt(algorithm, key, bytes.subarray(ivBytes)).catch(() => undefined);
      if (plain !== undefined) return JSON.parse(Buffer.from(plain).toString()) as Sealed;
    }
    throw new Error('not ours, or not for this caller and method');
  };
  return {
    async seal(payload, holder) {
      const ctx = contextOf(holder);
      const digest = await digestOf(requestOf(ctx));
      const sealed: Sealed = { id: randomId(), until: now() + ttlMs, digest, payload };
      const key = (await imported)[0];
      if (key === undefined) throw new RangeError('There is no key.');
      const iv = crypto.getRandomValues(new Uint8Array(ivBytes));
      const algorithm = { name: 'AES-GCM', iv, additionalData: additionalData(ctx) };
      const text = encoder.encode(JSON.stringify(sealed));
      const bytes = Buffer.from(await crypto.subtle.encrypt(algorithm, key, text));
      return prefix + Buffer.concat([iv, bytes]).toString('base64url');
    },
    async verify(state, ctx) {
      if (!state.startsWith(prefix)) throw new Error('malformed');
      const { id, until, digest, payload } = await open(state, ctx);
      if (until <= now()) throw new Error('expired');
      return new OpenedState(id, until, digest, payload);
    },
    async read(holder) {
      const opened = contextOf(holder).mcpReq.requestState<unknown>();
      if (opened === undefined) return undefined;
      if (!(opened instanceof OpenedState))
        throw new TypeError('This server does not verify request states: give it `verify`.');
      if (await spent.spend(opened.id, opened.until)) return opened.payload as T;
      throw new ToolError('INVALID_INPUT', 'This requestState was used before. Call again without it to start anew.');
    },
  };
}

function contextOf(holder: StateHolder): ServerContext {
  const ctx = 'mcpReq' in holder ? holder : (holder.sdk as ServerContext | undefined);
  if (ctx?.mcpReq === undefined) throw new TypeError('Request states need a request of @modelcontextprotocol/server.');
  return ctx;
}

function additionalData(ctx: ServerContext): Uint8Array<ArrayBuffer> {
  return encoder.encode(JSON.stringify(['dev.sallyport/requestState', ctx.mcpReq.method, callerIn(ctx)]));
}
