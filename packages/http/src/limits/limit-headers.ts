import type { Admission, AdmissionRequest, WindowLimit } from '@sallyport/core';

/** Structured fields have integers of up to 15 digits (RFC 9651 section 3.3.1). */
const maxInteger = 999_999_999_999_999;
const units: ReadonlyMap<number, string> = new Map([
  [60_000, 'minute'],
  [3_600_000, 'hour'],
]);
const known = new WeakMap<readonly WindowLimit[], Policy>();
/** By all they say. Plans are few; limits that are made for each caller are not kept twice. */
const policies = new Map<string, Policy>();
const maxPolicies = 1_000;

/** What is the same for every call that these windows apply to. */
interface Policy {
  readonly text: string;
  /** What comes before the units that are left in each window; `undefined` for one that cannot be written. */
  readonly parts: readonly (string | undefined)[];
}

/** What takes the headers of an answer until they have gone out: Node's response, or whoever writes it. */
export interface TakesHeaders {
  readonly headersSent: boolean;
  setHeader(name: string, value: string): unknown;
}

/**
 * Says in headers how a call's limits stand (draft-ietf-httpapi-ratelimit-headers-10): each window is a policy, named
 * `agent-minute`, `tenant-hour`, `tool-day`, `tenant-tool-month`. A denial adds `Retry-After`, in whole seconds, and to the
 * window that denied when it will admit. A window that a whole number cannot say, of less than one unit or of more than 15
 * digits, is left out. What is said is what was enforced: the instance's share where only that was. Nothing is said once the
 * headers have gone out.
 */
export function setLimitHeaders(answer: TakesHeaders, request: AdmissionRequest, admission: Admission): void {
  if (answer.headersSent) return;
  const { windows = request.windows } = admission;
  const { text, parts } = policyOf(windows);
  if (text !== '') {
    answer.setHeader('RateLimit-Policy', text);
    answer.setHeader('RateLimit', stateOf(windows, parts, admission));
  }
  if (!admission.admitted) answer.setHeader('Retry-After', `${waitSeconds(admission.retryAfterMs)}`);
}

/** A wait as `Retry-After` has it: never 0, never shorter than it is. */
export function waitSeconds(retryAfterMs: number): number {
  return Math.max(1, Math.ceil(retryAfterMs / 1_000));
}

/** The same for every call of one caller to one tool, so it is looked up once, and for all callers with such limits, so it is kept once. */
function policyOf(windows: readonly WindowLimit[]): Policy {
  let policy = known.get(windows);
  if (policy === undefined) {
    const said = windows.filter(isSaid);
    const text = said.map((window) => `${nameOf(window)};q=${Math.floor(window.limit)}${lengthOf(window)}`).join(', ');
    // What is not said is at another place in each of two sets with one text.
    const name = `${windows.map((window) => (isSaid(window) ? 1 : 0)).join('')} ${text}`;
    policy = policies.get(name);
    if (policy === undefined) {
      const parts = windows.map((window) =>
        isSaid(window) ? `${window === said[0] ? '' : ', '}${nameOf(window)};r=` : undefined,
      );
      policy = { text, parts };
      if (policies.size >= maxPolicies) policies.clear();
      policies.set(name, policy);
    }
    known.set(windows, policy);
  }
  return policy;
}

function stateOf(windows: readonly WindowLimit[], parts: Policy['parts'], admission: Admission): string {
  let state = '';
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index];
    if (part === undefined) continue;
    state += part + Math.min(admission.remaining[index] ?? 0, maxInteger);
    if (!admission.admitted && admission.limit === windows[index]?.reached) {
      state += `;t=${waitSeconds(admission.retryAfterMs)}`;
    }
  }
  return state;
}

function isSaid({ limit }: WindowLimit): boolean {
  return limit >= 1 && limit <= maxInteger;
}

function nameOf({ scope, calendar, windowMs }: WindowLimit): string {
  return `"${scope ?? 'limit'}-${calendar ?? units.get(windowMs) ?? `${Math.ceil(windowMs / 1_000)}s`}"`;
}

/** Months have no one length, and `w` may be left out. */
function lengthOf({ calendar, windowMs }: WindowLimit): string {
  return calendar === 'month' ? '' : `;w=${Math.ceil(windowMs / 1_000)}`;
}
