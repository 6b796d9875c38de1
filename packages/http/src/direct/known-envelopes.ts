import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  classifyInboundRequest,
  PROTOCOL_VERSION_META_KEY,
} from '@modelcontextprotocol/server';

const maxKnown = 1_000;
const maxLength = 4_096;

/**
 * Knows which 2026-07-28 envelopes the SDK accepts, by their text. The SDK's own rule is asked once for each: a client sends
 * the same one with every request.
 */
export class KnownEnvelopes {
  readonly #accepted = new Map<string, boolean>();

  /** Whether `_meta`, which names a known protocol version, holds an envelope that the SDK accepts. */
  accepts(meta: Readonly<Record<string, unknown>>): boolean {
    if (isBare(meta[CLIENT_CAPABILITIES_META_KEY]) && isNameAndVersion(meta[CLIENT_INFO_META_KEY])) return true;
    const envelope = {
      [PROTOCOL_VERSION_META_KEY]: meta[PROTOCOL_VERSION_META_KEY],
      [CLIENT_CAPABILITIES_META_KEY]: meta[CLIENT_CAPABILITIES_META_KEY],
      ...(CLIENT_INFO_META_KEY in meta ? { [CLIENT_INFO_META_KEY]: meta[CLIENT_INFO_META_KEY] } : {}),
    };
    const text = JSON.stringify(envelope);
    const known = this.#accepted.get(text);
    if (known !== undefined) return known;
    if (text.length > maxLength) return false;
    const body = { jsonrpc: '2.0', id: 0, method: 'tools/list', params: { _meta: envelope } };
    const accepted = classifyInboundRequest({ httpMethod: 'POST', body }).kind === 'modern';
    if (this.#accepted.size >= maxKnown) this.#accepted.clear();
    this.#accepted.set(text, accepted);
    return accepted;
  }
}

/** What most clients send is judged without a text of it. */
function isBare(capabilities: unknown): boolean {
  if (typeof capabilities !== 'object' || capabilities === null || Array.isArray(capabilities)) return false;
  for (const _ in capabilities) return false;
  return true;
}

function isNameAndVersion(client: unknown): boolean {
  if (typeof client !== 'object' || client === null) return false;
  for (const key in client) if (key !== 'name' && key !== 'version') return false;
  const { name, version } = client as Readonly<Record<string, unknown>>;
  return typeof name === 'string' && typeof version === 'string';
}
