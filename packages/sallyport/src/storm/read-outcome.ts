import { errorMetaKey } from '@sallyport/core';
import { codeKind } from './code-kind.js';
import type { Exchanged } from './exchange.js';
import { isJsonObject, jsonOf, membersOf } from './json-object.js';
import type { CallOutcome } from './outcome.js';

const garbage: CallOutcome = { kind: 'broken', code: 'garbage' };

/** What the answer to the call with that id says became of it. Whatever a server sends, this does not throw. */
export function readOutcome(exchanged: Exchanged, id: number): CallOutcome {
  if ('breakage' in exchanged) return { kind: 'broken', code: exchanged.breakage };
  const { status, headers, text } = exchanged;
  const answer = jsonOf(text);
  const isOk = status >= 200 && status < 300;
  if (!isOk) {
    const { error } = membersOf(answer);
    return refusal(membersOf(error).data, status, `HTTP_${status}`, headers['retry-after']);
  }
  const { jsonrpc, id: answeredId, result, error } = membersOf(answer);
  if (jsonrpc !== '2.0' || answeredId !== id) return garbage;
  if (isJsonObject(error) && typeof error.code === 'number') {
    return refusal(error.data, status, `RPC_${error.code}`, headers['retry-after']);
  }
  if (!isJsonObject(result)) return garbage;
  if (result.isError !== true) return { kind: 'ok' };
  return refusal(membersOf(result._meta)[errorMetaKey], status, 'TOOL_ERROR', headers['retry-after']);
}

function refusal(body: unknown, status: number, otherwise: string, retryAfter: string | undefined): CallOutcome {
  const { code: given, retryAfterMs: told } = membersOf(body);
  const code = isCode(given) ? given : otherwise;
  return { kind: codeKind(code, status), code, retryAfterMs: waitOf(told) ?? headerWaitMs(retryAfter) };
}

/** Codes become rows of a table and text in a report: what is no code is not shown. */
function isCode(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Z][A-Z0-9_]{0,63}$/.test(value);
}

/** A week, beyond which nobody waits. */
const maxWaitMs = 7 * 86_400_000;

function waitOf(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= maxWaitMs ? value : undefined;
}

/** `Retry-After` in its form of whole seconds (RFC 9110, section 10.2.3). */
function headerWaitMs(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,9}$/.test(value) ? waitOf(Number(value) * 1_000) : undefined;
}
