import { refused } from './refusals.js';
import { rpcId } from './rpc-error.js';

/** What the SDK reads and copies member by member it does at a cost that clients of good faith never make felt. */
const maxMembers = 256;
const maxElements = 1_000;
/** `validate` lets no more through unless it is told to, and the SDK copies each before a tool could refuse them. */
const maxArguments = 10_000;
/** What a client says of itself is kept for as long as its session. */
const maxInitializeBytes = 64 * 1024;
const none: ReadonlySet<string> = new Set();
const onlyMeta: ReadonlySet<string> = new Set(['_meta']);
const answers: ReadonlySet<string> = new Set(['inputResponses', '_meta']);
/**
 * What may be as large as the JSON, by method: what a tool takes, which has bounds of its own, and what a client was asked for. `_meta` is
 * judged alone.
 */
const payloads: ReadonlyMap<unknown, ReadonlySet<string>> = new Map([
  ['tools/call', new Set(['arguments', ...answers])],
  ['prompts/get', answers],
  ['resources/read', answers],
]);
/** Far beyond the 128 characters a tool may have, so that what is only unknown gets the error of the protocol, and far below a body. */
const maxNameLength = 8_192;
/** A client of 2026-07-28 must be able to say it in a header as well. */
const maxUriLength = 32 * 1024;

/** A message that short holds nothing of it: a member takes five bytes at least. */
const harmlessBytes = 5 * maxMembers;

interface Envelope {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: {
    readonly _meta?: unknown;
    readonly name?: unknown;
    readonly uri?: unknown;
    readonly taskId?: unknown;
    readonly arguments?: unknown;
    readonly inputResponses?: unknown;
  } | null;
  readonly result?: { readonly _meta?: unknown } | null;
  readonly error?: unknown;
}

type Members = Readonly<Record<string, unknown>>;

/**
 * Throws −32600 for what the protocol would read, or say again in an error, at length: a message, `params`, `result`, `inputResponses` or
 * `_meta` of more than 256 members, `arguments` of more than 10,000, an `error`, a `_meta`, or `params` without it and without what a tool takes
 * or a client was asked for, of more than 1,000 elements in all, an `initialize` of more than 64 KiB, and a method, a name, a URI, an id of a
 * task, a progress token, an id of a subscription or a protocol version that is longer than any there is. `bytes` is how long the message was as text.
 */
export function assertEnvelope(message: unknown, bytes: number): void {
  if (bytes < harmlessBytes) return;
  if (typeof message !== 'object' || message === null) return;
  const { id, method, params, result, error } = message as Envelope;
  const meta = params?._meta;
  if (isTooWide(meta) || isTooWide(result?._meta)) throw refused('meta_too_large', {}, rpcId(message));
  if (
    hasTooMany(message) ||
    hasTooMany(result) ||
    isTooWide(error) ||
    isTooWide(params, payloads.get(method) ?? onlyMeta) ||
    hasTooMany(params?.inputResponses) ||
    hasTooMany(params?.arguments, maxArguments) ||
    (method === 'initialize' && bytes > maxInitializeBytes)
  ) {
    throw refused('too_complex', {}, rpcId(message));
  }
  if (
    isLonger(method, maxNameLength) ||
    (isNaming(method) && isLonger(params?.name, maxNameLength)) ||
    (method === 'resources/read' && isLonger(params?.uri, maxUriLength)) ||
    (method === 'subscriptions/listen' && isLonger(id, maxNameLength)) ||
    isLonger(params?.taskId, maxNameLength) ||
    isLonger((meta as Members | null | undefined)?.['io.modelcontextprotocol/protocolVersion'], maxNameLength) ||
    isLonger((meta as Members | null | undefined)?.progressToken, maxNameLength)
  ) {
    throw refused('name_too_long', {}, rpcId(message));
  }
}

/** Throws −32600 for a `tools/call` that names no tool and says much to it: the SDK copies that before it looks for the tool, and no limit counts it. */
export function assertUnknownToolArguments(message: unknown): void {
  const { method, params } = (message ?? {}) as Envelope;
  if (method === 'tools/call' && hasTooMany(params?.arguments)) throw refused('too_complex', {}, rpcId(message));
}

function isNaming(method: unknown): boolean {
  return method === 'tools/call' || method === 'prompts/get';
}

function isLonger(value: unknown, most: number): boolean {
  return typeof value === 'string' && value.length > most;
}

function hasTooMany(value: unknown, most = maxMembers): boolean {
  if (typeof value !== 'object' || value === null) return false;
  let members = 0;
  for (const _ in value) if (++members > most) return true;
  return false;
}

function isTooWide(value: unknown, but = none): boolean {
  return hasTooMany(value) || within(value, maxElements, but) < 0;
}

/** How many of `elements` are left after all members and items of the value at every depth; negative as soon as there are more. */
function within(value: unknown, elements: number, but = none): number {
  if (typeof value !== 'object' || value === null) return elements;
  let rest = elements;
  if (Array.isArray(value)) {
    rest -= value.length;
    for (let i = 0; i < value.length && rest >= 0; i++) rest = within(value[i], rest);
    return rest;
  }
  for (const name in value) {
    if (but.has(name)) continue;
    if (--rest < 0) break;
    rest = within((value as Members)[name], rest);
  }
  return rest;
}
