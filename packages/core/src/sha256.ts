const encoder = new TextEncoder();

/** SHA-256 of the parts, lower-case hexadecimal. The parts are kept apart: `['ab','c']` and `['a','bc']` differ. */
export async function sha256(...parts: readonly string[]): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', encoder.encode(JSON.stringify(parts)));
  let hex = '';
  for (const byte of new Uint8Array(digest)) hex += byte.toString(16).padStart(2, '0');
  return hex;
}
