/** An answer that hangs must not hold callers for longer. */
const timeoutMs = 5_000;
/** No key set, introspection or token answer is nearly as large. */
const maxBytes = 1024 * 1024;

/** Fetches a JSON object in at most 5 seconds and 1 MiB. Follows no redirects. Rejects for a status other than 200. */
export async function fetchJson(url: URL, init: RequestInit = {}): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${url.origin} answered ${response.status}`);
  }
  const value: unknown = JSON.parse(await boundedText(response));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not a JSON object');
  return value as Readonly<Record<string, unknown>>;
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
