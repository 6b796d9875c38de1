import { ToolError } from './tool-error.js';

/** For a call whose key an interrupted attempt holds, when nobody can tell what became of that. */
export function outcomeUnknown(name: string, cause?: unknown): ToolError {
  return new ToolError(
    'OUTCOME_UNKNOWN',
    `An earlier ${name} with this idempotency key was interrupted, and whether it took effect is not known. Do not repeat it; check the effect itself or ask an operator.`,
    cause === undefined ? {} : { cause },
  );
}

/** What makes a repeat of a call known as one: a key, its arguments, or nothing. */
export type KeyKind = 'key' | 'arguments' | 'call';

const advice: Readonly<Record<KeyKind, string>> = {
  key: 'Repeat the call with the same idempotency key: it takes effect once.',
  arguments: 'Repeat the call with the same arguments soon: it takes effect once.',
  call: 'It had no idempotency key: check the effect before repeating it.',
};

/** For a call that failed as its tool did not decide, when what it is about may have happened elsewhere. */
export function failedUnknown(name: string, key: KeyKind, reconciles: boolean, cause: unknown): ToolError {
  const repeat = reconciles && key !== 'call';
  const advised = repeat ? advice[key] : 'Do not repeat it; check the effect itself or ask an operator.';
  const message = `${name} failed, and whether it took effect is not known. ${advised}`;
  return new ToolError(
    'OUTCOME_UNKNOWN',
    message,
    repeat ? { retryable: true, retryAfterMs: 1_000, cause } : { cause },
  );
}

/** For a call whose time is over while its effect is being saved: it is saved, or undone, and a repeat with a key learns which. */
export function savingUnknown(key: KeyKind): ToolError {
  const message = `The database did not say in time whether the change was saved. ${advice[key]}`;
  return new ToolError('OUTCOME_UNKNOWN', message, key === 'call' ? {} : { retryable: true, retryAfterMs: 1_000 });
}
