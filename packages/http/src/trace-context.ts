/** The keys of W3C trace context and baggage: HTTP headers, and reserved names in `_meta` (MCP 2026-07-28, `_meta`). */
const checks: Readonly<Record<string, (value: string) => boolean>> = {
  traceparent: isTraceparent,
  tracestate: isTracestate,
  baggage: isBaggage,
};

const checked = Object.keys(checks);
const maxTracestate = 512;
const maxBaggage = 8192;

/** Whether this is a value that the key may have; keys that are not of trace context may have any. */
export function isTraceValue(key: string, value: unknown): boolean {
  const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
  return check === undefined || (typeof value === 'string' && check(value));
}

/**
 * Takes malformed trace context out of a request's `_meta`, and `tracestate` with a `traceparent` that is missing or malformed:
 * what propagates is well-formed (W3C Trace Context, section 3.3), and a request does not fail for the sake of its trace.
 */
export function dropMalformedTrace(message: unknown): void {
  const meta = record(record(record(message)?.params)?._meta);
  if (meta === undefined) return;
  for (const key of checked) {
    if (Object.hasOwn(meta, key) && !isTraceValue(key, meta[key])) delete meta[key];
  }
  if (Object.hasOwn(meta, 'tracestate') && !Object.hasOwn(meta, 'traceparent')) delete meta.tracestate;
}

function isTraceparent(value: string): boolean {
  const parts = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-[^\s]{0,128})?$/.exec(value);
  if (parts === null) return false;
  const [, version, trace = '', parent = '', rest] = parts;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return false;
  return !/^0+$/.test(trace) && !/^0+$/.test(parent);
}

const stateMember =
  /^(?:[a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

function isTracestate(value: string): boolean {
  if (value.length > maxTracestate) return false;
  const members = value.split(',').map((member) => member.trim());
  const keys = members.map((member) => member.slice(0, member.indexOf('=')));
  return (
    members.length <= 32 && new Set(keys).size === keys.length && members.every((member) => stateMember.test(member))
  );
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// With no two parts beside each other that take the same character: it takes as long as the text is.
const pair = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+\s*=\s*[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;

function isBaggage(value: string): boolean {
  if (value.length > maxBaggage) return false;
  const members = value.split(',').map((member) => member.trim());
  return members.length <= 64 && members.every(isBaggageMember);
}

/** A key with its value, and properties that may have none. */
function isBaggageMember(member: string): boolean {
  const [first = '', ...properties] = member.split(';').map((part) => part.trim());
  return pair.test(first) && properties.every((property) => token.test(property) || pair.test(property));
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}
