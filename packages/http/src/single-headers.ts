import type { IncomingMessage } from 'node:http';
import { refused } from './refusals.js';

/** Headers of which a second one means that somebody on the way reads another request than we do. */
const single = new Set([
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'dpop',
  'host',
  'origin',
]);

const maxHeaders = 100;
/** The one expectation there is (RFC 9110 section 10.1.1), as Node recognises and meets it. */
const continues = /(?:^|\W)100-continue(?:$|\W)/i;

/**
 * Throws when a header that decides something occurs twice: Node would keep the first, or join them, without a word. Also
 * when HTTP/1.1 comes without `Host` (RFC 9112 section 3.2), which Node would answer with an empty page, when something is expected that
 * nobody knows, and when the body has a transfer coding besides `chunked`, which Node would not undo (501, section 6.1).
 */
export function assertSingleHeaders({ rawHeaders, headers, httpVersion }: IncomingMessage): void {
  if (headers.host === undefined && httpVersion === '1.1') throw refused('no_host');
  if (headers.expect !== undefined && !continues.test(headers.expect)) throw refused('expectation_failed');
  const coding = headers['transfer-encoding'];
  if (coding !== undefined) assertChunked(coding.toLowerCase());
  if (rawHeaders.length > 2 * maxHeaders) throw refused('too_many_headers');
  // As many names as lines: none occurs twice. The usual case, and cheaper than looking at each.
  if (2 * Object.keys(headers).length === rawHeaders.length) return;
  const seen = new Set<string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    if (!single.has(name) && !name.startsWith('mcp-')) continue;
    if (seen.has(name)) throw refused('duplicate_header');
    seen.add(name);
  }
}

/** RFC 9112 section 6.3: where the last coding is not `chunked` nobody knows the length of the body, and the connection ends. */
function assertChunked(coding: string): void {
  if (coding === 'chunked') return;
  if (!/(?:^|,)[ \t]*chunked$/.test(coding)) throw refused('not_http', { Connection: 'close' });
  throw refused('unsupported_transfer_coding');
}
