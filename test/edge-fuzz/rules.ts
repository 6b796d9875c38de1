import type { WireAnswer } from './answer-reader.js';
import type { WireRequest } from './wire-request.js';

/** Every status the edge may answer with. A 500 is none of them. */
const allowed = new Set([200, 202, 204, 400, 401, 403, 404, 405, 406, 408, 413, 415, 417, 429, 431, 501, 503]);

/** What only the inside of the server knows: stacks, paths, texts of exceptions, and the secret that a tool throws. */
const internal =
  /node_modules|node:internal|\.[cm]?[jt]s:\d+|\bat \S+ \(|hunter2|\/srv\/|ZodError|(?:Syntax|Type|Range|Reference)Error|Unexpected token|Cannot read prop|is not (?:a function|iterable)|ECONN|<html|eyJ[\w-]{10}/i;

/** What is wrong with an answer; `undefined` when nothing is. */
export function fault(request: WireRequest, answer: WireAnswer): string | undefined {
  const { status, headers, body, complete } = answer;
  // What could not be read as a request is answered with a body, whatever its method was meant to be.
  if (status === 0) return request.head && request.ends ? undefined : 'not an HTTP answer';
  if (!allowed.has(status)) return `status ${status}`;
  if (internal.test(body)) return `shows an internal text: ${internal.exec(body)?.[0]}`;
  for (const value of Object.values(headers)) if (internal.test(value)) return 'shows an internal text in a header';
  if (headers['x-content-type-options'] !== 'nosniff') return 'lacks the security headers';
  if (headers['x-powered-by'] !== undefined || headers.server !== undefined) return 'says what it runs on';
  // A connection that closes within an answer is one that the client gave up, or a stream.
  if (!complete) return request.ends || request.aborts ? undefined : 'ends within its body';
  if (request.head || body === '') return empty(request, answer);
  const type = headers['content-type'];
  if (type === 'text/event-stream') return streamFault(request, body);
  if (type !== 'application/json') return `the content type is ${type}`;
  return messageFault(request, status, body);
}

function empty({ head, good }: WireRequest, { status }: WireAnswer): string | undefined {
  if (good !== undefined) return 'a good request has no answer in its body';
  return head || status === 202 || status === 204 || status === 200 ? undefined : `status ${status} without a body`;
}

function streamFault(request: WireRequest, body: string): string | undefined {
  const data = body
    .split('\n\n')
    .flatMap((event) => event.split('\n').filter((line) => line.startsWith('data: ')))
    .map((line) => line.slice(6));
  for (const [i, text] of data.entries()) {
    const wrong = messageFault(i === data.length - 1 ? request : { ...request, good: undefined }, 200, text);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function messageFault({ good }: WireRequest, status: number, text: string): string | undefined {
  let message: Record<string, unknown>;
  try {
    message = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return 'the body is not JSON';
  }
  if (typeof message !== 'object' || message === null) return 'the body is not an object';
  // Health and metadata.
  if (!('jsonrpc' in message)) return status === 200 || status === 503 ? undefined : 'an error that is not JSON-RPC';
  const { error } = message as { readonly error?: { readonly code?: unknown; readonly message?: unknown } };
  if (
    error !== undefined &&
    !(Number.isSafeInteger(error.code) && typeof error.message === 'string' && error.message)
  ) {
    return 'an error without code or message';
  }
  if (status !== 200 && error === undefined) return `status ${status} without an error`;
  if (good === undefined) return undefined;
  if (message.id !== good.id) return `a good request got the answer of ${JSON.stringify(message.id)}`;
  return text.includes(good.echoed) ? undefined : `a good request got ${text.slice(0, 200)}`;
}
