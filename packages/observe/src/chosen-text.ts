import { redactText } from './redact-text.js';

const maxLength = 128;

/** At most 128 characters of it. */
export function shortText(text: unknown): string {
  const plain = String(text);
  return plain.length > maxLength ? `${plain.slice(0, maxLength)}…` : plain;
}

/** An id or a name that somebody else chose. Most are short and plain; what is not is looked through for secrets. */
export function chosenText(text: unknown): string | undefined {
  if (text === undefined) return undefined;
  const plain = String(text);
  return plain.length < 16 && /^[\w.:-]*$/.test(plain) ? plain : shortText(redactText(plain));
}
