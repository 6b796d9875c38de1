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

/**
 * The line of one call: who, what, how long, how it ended. Every field is named here; arguments, results, messages of errors
 * and credentials are none of them. What a client chose is bounded and looked through for secrets.
 */
export function logLine(
  tool: LoggedTool,
  call: Call,
  record: CallRecord,
  { status, code }: Ended,
  durationMs: number,
  { input, output }: CallSize,
  errorId: string | undefined,
): Readonly<Record<string, unknown>> {
  const { auth } = call;
  const place = record.span?.spanContext() ?? record.parent;
  return {
    agent_id: auth === undefined ? undefined : shortText(auth.subject),
    client_id: chosenText(auth?.clientId),
    tenant: chosenText(auth?.tenant),
    plan: chosenText(auth?.plan),
    tool_name: tool.name,
    access: tool.access,
    status,
    error_code: code,
    error_id: errorId,
    duration_ms: rounded(durationMs),
    queue_ms: rounded(record.queueMs),
    input_token_estimate: input.tokens,
    output_token_estimate: output?.tokens,
    output_bytes: output?.bytes,
    cost: unitsOf(tool, call),
    idempotency_key: tool.takesKey ? hashedKey(call) : undefined,
    request_id: chosenText(call.requestId),
    trace_id: place?.traceId,
    span_id: record.span === undefined ? undefined : place?.spanId,
    protocol_version: protocolVersion(call),
    arguments: tool.logged.length === 0 ? undefined : optedIn(tool.logged, call.input),
  };
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
