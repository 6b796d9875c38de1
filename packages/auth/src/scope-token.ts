/** RFC 6749 section 3.3: printable ASCII without space, quote and backslash. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/;

/** Whether the text is one scope; anything else cannot be written in a challenge. */
export function isScope(text: unknown): text is string {
  return typeof text === 'string' && scopeToken.test(text);
}
