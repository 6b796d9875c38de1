import { printable } from './printable.js';

/** What went wrong, in one line of at most 500 characters without a stack; of a failed `fetch`, what it failed with. */
export function reasonOf(error: unknown): string {
  const { message, cause, code } = (typeof error === 'object' && error !== null ? error : {}) as Readonly<
    Record<string, unknown>
  >;
  if (message === 'fetch failed' && cause !== undefined) return reasonOf(cause);
  const text = [message, code, String(error)].find((one) => typeof one === 'string' && one.trim() !== '');
  const line = String(text)
    .split('\n')
    .find((one) => one.trim() !== '');
  return printable(line ?? 'it failed without a word').slice(0, 500);
}
