import { isUtf8 } from 'node:buffer';
import { refused } from './refusals.js';

/** How large a message may be besides its bytes. Arguments have tighter bounds of their own (core's `validate`). */
const maxDepth = 64;
const maxElements = 50_000;

/**
 * Parses the body of a request, once: whatever is decided afterwards is decided about this value. Throws −32700 for what is
 * not UTF-8 or not JSON and −32600 for what is nested too deep, has too many elements, says one thing twice, or is an array. Batches left the
 * protocol in 2025-06-18; no client we know sent them before, so they are refused for every version.
 */
export function parseMessage(body: Buffer): unknown {
  const members = countMembers(body);
  if (members === undefined) throw refused('too_complex');
  if (!isUtf8(body)) throw refused('invalid_utf8');
  let message: unknown;
  try {
    message = JSON.parse(body.toString('utf8', hasMark(body) ? 3 : 0));
  } catch {
    throw refused('invalid_json');
  }
  if (Array.isArray(message)) throw refused('batch');
  if (membersOf(message) !== members) throw refused('duplicate_member');
  return message;
}

/**
 * The members of the message, of the objects in it and of the objects in those: the envelope, `params`, `_meta` and the
 * arguments. A parser keeps the last of two with one name, so there are fewer than in the text.
 */
function membersOf(value: unknown, depth = 1): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    if (depth < depthOfNames) for (const element of value) count += membersOf(element, depth + 1);
    return count;
  }
  for (const name in value) {
    count++;
    if (depth < depthOfNames) count += membersOf((value as Readonly<Record<string, unknown>>)[name], depth + 1);
  }
  return count;
}

/** A byte order mark, which is not JSON but is let pass, as decoders of text do. */
function hasMark(body: Buffer): boolean {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
/** So deep names are looked at: `params._meta` and `params.arguments`. What is in an argument is the tool's. */
const depthOfNames = 3;

/**
 * The members down to that depth, counted in the bytes, before anything is built from them; `undefined` when the text is too
 * deep or has too many elements. Exact for valid JSON; what is not valid fails later.
 */
function countMembers(body: Buffer): number | undefined {
  let depth = 0;
  let elements = 0;
  let members = 0;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (byte === quote) i = endOfString(body, i + 1);
    else if (byte === comma) elements++;
    else if (byte === colon) {
      if (depth <= depthOfNames) members++;
    } else if (byte === 0x5b || byte === 0x7b) {
      elements++;
      depth++;
      if (depth > maxDepth) return undefined;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return elements > maxElements ? undefined : members;
}

/** Where the quote is that ends the string; past the end when there is none. */
function endOfString(body: Buffer, from: number): number {
  let i = from;
  for (; i < body.length; i++) {
    const byte = body[i];
    if (byte === quote) return i;
    if (byte === backslash) i++;
  }
  return i;
}
