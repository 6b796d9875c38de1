import type { Outbound } from './call.js';
import { type Redact, redactData } from './redact-texts.js';
import { RedactedOutbound } from './redacted-outbound.js';

/** What an SDK sends for a handler, as both generations have it. */
interface Message {
  readonly method: string;
  readonly params?: unknown;
}

/** Changes what a handler sends through the SDK's own `ctx` or `extra`. */
export interface RedactedSends {
  notification<T extends Message>(notification: T): T;
  request<T extends Message>(request: T): T;
  /** The `params` of a request: a question to the user, or to the client's model. */
  params<T>(params: T): T;
  data(data: unknown): unknown;
}

/** Names of the protocol whose values are no text for a reader: changed, they would not work, or are not what they were. */
const kept: ReadonlySet<string> = new Set([
  '_meta',
  'blob',
  'data',
  'elicitationId',
  'mimeType',
  'progressToken',
  'requestId',
  'uri',
  'url',
]);

/** For a call whose answers are redacted; `undefined` for any other, whose handler gets the SDK's own as it is. */
export function redactedSends(client: Outbound): RedactedSends | undefined {
  const redact = RedactedOutbound.redactOf(client);
  if (redact === undefined) return undefined;
  const params = <T>(value: T): T => redactExcept(value, redact) as T;
  const request = <T extends Message>(message: T): T => ({ ...message, params: params(message.params) });
  return {
    params,
    request,
    notification(message) {
      if (message.method !== 'notifications/message') return request(message);
      const { data, ...rest } = (message.params ?? {}) as Readonly<Record<string, unknown>>;
      return { ...message, params: { ...params(rest), data: redactData(data, redact) } };
    },
    data: (data) => redactData(data, redact),
  };
}

function redactExcept(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => redactExcept(item, redact));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, kept.has(name) ? item : redactExcept(item, redact)]),
  );
}
