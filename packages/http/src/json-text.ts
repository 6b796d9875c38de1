import { isUtf8 } from 'node:buffer';
import { refused } from './refusals.js';

/** How large a message may be besides its bytes. Arguments have tighter bounds of their own (core's `validate`). */
const maxDepth = 64;
const maxElements = 50_000;

/**
 * Parses the body of a request, once: whatever is decided afterwards is decided about this value. Throws −32700 for what is
 * not UTF-8 or not JSON and −32600 for what is nested too deep, has too many elements, or is an array. Batches left the
 * protocol in 2025-06-18; no client we know sent them before, so they are refused for every version.
 */
export function parseMessage(body: Buffer): unknown {
  if (isTooComplex(body)) throw refused('too_complex');
  if (!isUtf8(body)) throw refused('invalid_utf8');
  let message: unknown;
  try {
    message = JSON.parse(body.toString('utf8', hasMark(body) ? 3 : 0));
  } catch {
    throw refused('invalid_json');
  }
  if (Array.isArray(message)) throw refused('batch');
  return message;
}

/** A byte order mark, which is not JSON but is let pass, as decoders of text do. */
function hasMark(body: Buffer): boolean {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;

/** Counts in the bytes, before anything is built from them. Exact for valid JSON; what is not valid fails later. */
function isTooComplex(body: Buffer): boolean {
  let depth = 0;
  let elements = 0;
  let inString = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (inString) {
      if (byte === backslash) i++;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if (byte === comma) elements++;
    else if (byte === 0x5b || byte === 0x7b) {
      elements++;
      depth++;
      if (depth > maxDepth) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return elements > maxElements;
}
