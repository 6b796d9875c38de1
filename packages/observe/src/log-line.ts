import { createHash } from 'node:crypto';
import {
  type AdmitPolicy,
  type Call,
  type Cost,
  idempotencyArgument,
  idempotencyMetaKey,
  type Principal,
  type ToolFacts,
} from '@sallyport/core';
import type { CallRecord } from './call-record.js';
import type { CallSize } from './call-size.js';
import { chosenText, shortText } from './chosen-text.js';
import { type ObservePolicy, optedIn } from './observe-policy.js';
import type { Ended } from './outcome.js';
import { protocolVersion } from './protocol-version.js';

/** What the line says of a tool, decided at registration. */
export interface LoggedTool {
  readonly name: string;
  readonly access: string | undefined;
  readonly takesKey: boolean;
  readonly logged: readonly string[];
  readonly costOf: (principal: Principal | undefined) => Cost;
}

export function loggedTool(tool: ToolFacts & ObservePolicy & Pick<AdmitPolicy, 'limits'>): LoggedTool {
  const { access } = (tool.policy.authorize ?? {}) as { readonly access?: string };
  const { name, logged = [] } = tool;
  return { name, access, takesKey: tool.policy.idempotent !== undefined, logged, costOf: costsOf(tool.limits) };
}

/** Limits that depend on the principal are decided once per object, as `admit` does. */
function costsOf(limits: AdmitPolicy['limits']): LoggedTool['costOf'] {
  if (typeof limits !== 'function') return () => limits?.cost ?? 1;
  const decided = new WeakMap<Principal, Cost>();
  return (principal) => {
    if (principal === undefined) return 1;
    let cost = decided.get(principal);
    if (cost === undefined) {
      cost = limits(principal).cost ?? 1;
      decided.set(principal, cost);
    }
    return cost;
  };
}

/** A line, or a part of one. */
type Fields = Record<string, unknown>;

/** Who calls. What a verified token says is bounded. */
export function callerFields(auth: Principal, line: Fields = {}): Fields {
  // One by one: what is added to a copy that was spread gets a hidden class of its own each time.
  line.agent_id = shortText(auth.subject);
  if (auth.clientId !== undefined) line.client_id = shortText(auth.clientId);
  if (auth.tenant !== undefined) line.tenant = shortText(auth.tenant);
  if (auth.plan !== undefined) line.plan = shortText(auth.plan);
  return line;
}

/**
 * The line of one call: who, what, how long, how it ended. Every field is named here; arguments, results, messages of errors
 * and credentials are none of them. What a client chose is looked through for secrets. Who calls is left out when the logger says it
 * (`isBound`).
 */
export function logLine(
  tool: LoggedTool,
  call: Call,
  record: CallRecord,
  { status, code }: Ended,
  durationMs: number,
  { input, output }: CallSize,
  errorId: string | undefined,
  isBound: boolean,
): Readonly<Fields> {
  const { auth } = call;
  const { span } = record;
  const place = span === undefined ? record.parent : span.spanContext();
  // What is not there is left out here: a logger that finds it so does not have to look at it.
  const line: Fields = {};
  if (auth !== undefined && !isBound) callerFields(auth, line);
  line.tool_name = tool.name;
  if (tool.access !== undefined) line.access = tool.access;
  line.status = status;
  if (code !== undefined) line.error_code = code;
  if (errorId !== undefined) line.error_id = errorId;
  line.duration_ms = rounded(durationMs);
  line.queue_ms = rounded(record.queueMs);
  line.input_token_estimate = input.tokens;
  if (output !== undefined) {
    line.output_token_estimate = output.tokens;
    line.output_bytes = output.bytes;
  }
  line.cost = unitsOf(tool, call);
  const key = tool.takesKey ? hashedKey(call) : undefined;
  if (key !== undefined) line.idempotency_key = key;
  line.request_id = chosenText(call.requestId);
  if (place !== undefined) {
    line.trace_id = place.traceId;
    if (span !== undefined) line.span_id = place.spanId;
  }
  const version = protocolVersion(call);
  if (version !== undefined) line.protocol_version = version;
  if (tool.logged.length > 0) line.arguments = optedIn(tool.logged, call.input);
  return line;
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

/** The units that limits charge. Computed from raw arguments, which may be anything. */
export function unitsOf({ costOf }: LoggedTool, { auth, input }: Call): number {
  try {
    const cost = costOf(auth);
    const units = typeof cost === 'number' ? cost : Number(cost(input));
    return units > 0 ? units : 1;
  } catch {
    return 1;
  }
}

/** Equal keys of one agent have equal hashes; of the key itself nothing can be read. */
function hashedKey({ meta, input, auth }: Call): string | undefined {
  const key =
    meta[idempotencyMetaKey] ?? (input as Readonly<Record<string, unknown>> | undefined)?.[idempotencyArgument];
  if (typeof key !== 'string') return undefined;
  const whole = JSON.stringify([auth?.issuer, auth?.tenant, auth?.subject, key]);
  return createHash('sha256').update(whole).digest('hex').slice(0, 16);
}
