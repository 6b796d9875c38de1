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
import { computedUnits } from '@sallyport/core/adapter';
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

/** What a logger says of each call by itself, so that the line need not. */
export interface Said {
  readonly saysCaller: boolean;
  readonly saysTool: boolean;
  readonly saysCost: boolean;
}

export const nothingSaid: Said = { saysCaller: false, saysTool: false, saysCost: false };

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

/** What is called. */
export function toolFields({ name, access }: LoggedTool, line: Fields = {}): Fields {
  line.tool_name = name;
  if (access !== undefined) line.access = access;
  return line;
}

/**
 * The line of one call: who, what, how long, how it ended. Every field is named here; arguments, results, messages of errors
 * and credentials are none of them. What a client chose is looked through for secrets. What the logger says by itself is left out.
 */
export function logLine(
  tool: LoggedTool,
  call: Call,
  record: CallRecord,
  { status, code }: Ended,
  durationMs: number,
  { input, output }: CallSize,
  errorId: string | undefined,
  { saysCaller, saysTool, saysCost }: Said,
): Readonly<Fields> {
  const { auth } = call;
  const { span } = record;
  const place = span === undefined ? record.parent : span.spanContext();
  // What is not there is left out here: a logger that finds it so does not have to look at it.
  const line: Fields = {};
  if (auth !== undefined && !saysCaller) callerFields(auth, line);
  if (!saysTool) toolFields(tool, line);
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
  if (!saysCost) line.cost = unitsOf(tool, call);
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
    return typeof cost === 'number' ? chargeable(cost) : computedUnits(cost, input);
  } catch {
    return 1;
  }
}

/** The same when no arguments decide it. */
export function fixedCost({ costOf }: LoggedTool, principal: Principal): number | undefined {
  try {
    const cost = costOf(principal);
    return typeof cost === 'number' ? chargeable(cost) : undefined;
  } catch {
    return undefined;
  }
}

function chargeable(units: number): number {
  return units > 0 ? units : 1;
}

/** Equal keys of one agent have equal hashes; of the key itself nothing can be read. */
function hashedKey({ meta, input, auth }: Call): string | undefined {
  const key =
    meta[idempotencyMetaKey] ?? (input as Readonly<Record<string, unknown>> | undefined)?.[idempotencyArgument];
  if (typeof key !== 'string') return undefined;
  const whole = JSON.stringify([auth?.issuer, auth?.tenant, auth?.subject, key]);
  return createHash('sha256').update(whole).digest('hex').slice(0, 16);
}
