import { holdsCard } from './holds-card.js';

const mark = '[redacted]';

/** Between the name of a secret and its value: in assignments, headers, JSON, JSON within JSON, tags. */
const between = String.raw`\\{0,7}["'\])]?\s{0,8}[:=>]{1,3}\s{0,8}`;

/** A text in quotes, which within JSON within JSON are escaped, to their end or that of the whole. */
const quoted = String.raw`(\\{0,7}["'])[\s\S]*?(?:(?<!\\)\1|$)`;

const word = String.raw`[^\s"',;&\\]+`;

/** Names have prefixes and suffixes: `DB_PASSWORD`, `accessToken`, `secret_key`. Files do, too: `token.js:10:5` is a place in one. */
const name = String.raw`(?:pass(?:word|wd|phrase)|(?:\b|_)pass(?![\w.-])|pwd|secret|token(?!s|i[sz])|credential|(?:api|access|private|account|signing|encryption)[_-]?key)[\w.-]{0,40}(?<!\.[cm]?[jt]sx?)`;

/** Shapes of secrets, the most telling first. Each must be linear in the length of the text. */
const shapes: readonly RegExp[] = [
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
  new RegExp(String.raw`cookies?${between}(?:${quoted}|[^\r\n]+)`, 'gi'),
  /\b(?:bearer|basic|dpop|token)\s+[\w~+/.=-]{6,}/gi,
  /\beyJ[\w-]{5,}\.[\w-]*\.?[\w-]*/g,
  /\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@]{0,256}:[^\s@/]{1,256}@/gi,
  new RegExp(String.raw`authorization${between}(?:${quoted}|(?:[a-z][\w-]{0,20}\s{1,8})?${word})`, 'gi'),
  new RegExp(`${name}${between}[[({]?(?:${quoted}|${word})`, 'gi'),
  /\b(?:sk|pk|rk|whsec|xox[abposr]|gh[pousr]|github_pat|glpat|npm|hf|AKIA|ASIA|AIza|SG|ya29)[_\-.]?[\w\-.]{12,}/g,
  // A version is no domain: `.pnpm/ioredis@7.2.0`.
  /[\p{L}\p{N}_.+-]{1,64}@(?!\d{1,9}\.\d{1,9}\.\d)(?:[\p{L}\p{N}_-]{1,63}\.){1,5}\p{L}[\p{L}\p{N}-]{0,62}/gu,
];

const digits = /(?<!\d)\d(?:[ -]?\d){12,}/g;

/** Keys that no service gave a shape to: long, and changing between letters and digits far more often than words and paths do. */
const run = /[\w+/=-]{24,}/g;

function isRandom(text: string): boolean {
  return /\d/.test(text) && /[A-Za-z]/.test(text) && changes(text) >= text.length / 10;
}

function changes(text: string): number {
  let count = 0;
  let last = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const kind = code >= 48 && code <= 57 ? 1 : code >= 65 && code <= 90 ? 2 : code >= 97 && code <= 122 ? 3 : 0;
    if (kind !== 0 && last !== 0 && kind !== last) count++;
    last = kind;
  }
  return count;
}

/** As much as is logged of one text. */
const maxLength = 2_000;

/**
 * The text without what looks like a secret: private keys, bearer tokens, JSON Web Tokens, passwords in addresses,
 * assignments and JSON, cookies, keys of well-known services, e-mail addresses, card numbers, and long runs of letters and digits. At most 2,000
 * characters. It is the last line of defence: what may hold secrets should not be logged at all.
 *
 * @example
 * ```ts
 * import { redactText } from '@sallyport/observe';
 *
 * redactText('connect postgres://app:hunter2@db failed'); // 'connect [redacted]db failed'
 * ```
 */
export function redactText(text: string): string {
  // Cut behind what is kept, so that half a secret at the end is not taken for a word.
  let safe = text.length > 2 * maxLength ? text.slice(0, 2 * maxLength) : text;
  for (const shape of shapes) safe = safe.replace(shape, mark);
  safe = safe.replace(digits, (found) => (holdsCard(found) ? mark : found));
  safe = safe.replace(run, (found) => (isRandom(found) ? mark : found));
  return safe.length > maxLength ? `${safe.slice(0, maxLength)}…` : safe;
}

/**
 * A value as JSON, redacted, of at most 2,000 characters. Its texts are looked through one by one first: in JSON within JSON quotes
 * are escaped. What would be behind the end is not looked at.
 */
export function redactedJson(value: unknown): string {
  let left = 2 * maxLength;
  const json = JSON.stringify(value, (_, part: unknown) => {
    if (left <= 0) return undefined;
    if (typeof part !== 'string') return part;
    const safe = redactText(part);
    left -= safe.length;
    return safe;
  });
  return redactText(json ?? typeof value);
}
