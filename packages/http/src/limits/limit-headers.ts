import type { ServerResponse } from 'node:http';
import type { Admission, AdmissionRequest, WindowLimit } from '@sallyport/core';

/** Structured fields have integers of up to 15 digits (RFC 9651 section 3.3.1). */
const maxInteger = 999_999_999_999_999;
const units: ReadonlyMap<number, string> = new Map([
  [60_000, 'minute'],
  [3_600_000, 'hour'],
]);
const policies = new WeakMap<readonly WindowLimit[], string>();

/**
 * Says in headers how a call's limits stand (draft-ietf-httpapi-ratelimit-headers-10): each window is a policy, named
 * `agent-minute`, `tenant-hour`, `tool-minute`. A denial adds `Retry-After`, in whole seconds, and to the window that denied when
 * it will admit. Nothing is said once the headers have gone out.
 */
export function setLimitHeaders(response: ServerResponse, { windows }: AdmissionRequest, admission: Admission): void {
  if (response.headersSent) return;
  const policy = policyOf(windows);
  if (policy !== '') {
    response.setHeader('RateLimit-Policy', policy);
    response.setHeader('RateLimit', stateOf(windows, admission));
  }
  if (!admission.admitted) response.setHeader('Retry-After', `${waitSeconds(admission.retryAfterMs)}`);
}

/** A wait as `Retry-After` has it: never 0, never shorter than it is. */
export function waitSeconds(retryAfterMs: number): number {
  return Math.max(1, Math.ceil(retryAfterMs / 1_000));
}

/** The same for every call of one caller to one tool, so it is written once. */
function policyOf(windows: readonly WindowLimit[]): string {
  let policy = policies.get(windows);
  if (policy === undefined) {
    policy = windows
      .filter(isWhole)
      .map((window) => `${nameOf(window)};q=${Math.floor(window.limit)};w=${Math.ceil(window.windowMs / 1_000)}`)
      .join(', ');
    policies.set(windows, policy);
  }
  return policy;
}

function stateOf(windows: readonly WindowLimit[], admission: Admission): string {
  let state = '';
  for (const [index, window] of windows.entries()) {
    if (!isWhole(window)) continue;
    const remaining = Math.min(admission.remaining[index] ?? 0, maxInteger);
    state += `${state === '' ? '' : ', '}${nameOf(window)};r=${remaining}`;
    if (!admission.admitted && admission.limit.startsWith(window.reached)) {
      state += `;t=${waitSeconds(admission.retryAfterMs)}`;
    }
  }
  return state;
}

function isWhole({ limit }: WindowLimit): boolean {
  return limit <= maxInteger;
}

function nameOf({ scope, windowMs }: WindowLimit): string {
  return `"${scope ?? 'limit'}-${units.get(windowMs) ?? `${Math.ceil(windowMs / 1_000)}s`}"`;
}
