import { redactText } from './redact-text.js';

const maxLength = 128;

/** At most 128 characters of it, none of which a terminal would obey. */
export function shortText(text: unknown): string {
  const plain = String(text);
  const short = plain.length > maxLength ? `${plain.slice(0, maxLength)}…` : plain;
  return short.replaceAll(/\p{Cc}/gu, '\uFFFD');
}

const uuid = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

/** An id or a name that a client chose. Most are short and plain, or UUIDs; what is not is looked through for secrets. */
export function chosenText(text: unknown): string | undefined {
  if (text === undefined) return undefined;
  const plain = String(text);
  const isPlain = plain.length < 13 && /^[\w.-]*$/.test(plain);
  return isPlain || uuid.test(plain) ? plain : shortText(redactText(plain));
}
