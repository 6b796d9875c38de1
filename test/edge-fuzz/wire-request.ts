/** What a good request must be answered with. */
interface Good {
  readonly id: string | number;
  /** Text that the answer must contain, which no other request's has. */
  readonly echoed: string;
}

/** One request as bytes. */
export interface WireRequest {
  readonly bytes: Buffer;
  /** Its framing may be broken, or it is answered by a stream without an end: nothing can follow on its connection. */
  readonly ends: boolean;
  /** It is answered without a body, whatever its length says. */
  readonly head: boolean;
  /** Hang up at once instead of waiting for the answer. */
  readonly aborts: boolean;
  /** Nothing about it is odd. */
  readonly good: Good | undefined;
}

/** The parts of a request, which mutations change before they are written down. */
export interface Draft {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Headers that say where a request ends; whoever sends them by hand may break that. */
const framing = /^(?:content-length|transfer-encoding|connection|expect|upgrade|host)$/i;

/** The request with the length of its body. `ends` unless every part of it is well-formed HTTP. */
export function written({ method, path, headers, body }: Draft, chunks?: readonly number[]): WireRequest {
  const sound =
    /^(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH)$/.test(method) &&
    /^[\x21-\x7e]+$/.test(path) &&
    headers.every(([name, value]) => token.test(name) && fieldValue.test(value) && !framing.test(name));
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const length = chunks === undefined ? `Content-Length: ${body.length}\r\n` : 'Transfer-Encoding: chunked\r\n';
  const head = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${lines}${length}\r\n`;
  return {
    bytes: Buffer.concat([Buffer.from(head, 'latin1'), chunks === undefined ? body : inChunks(body, chunks)]),
    ends: !sound,
    head: method === 'HEAD',
    aborts: false,
    good: undefined,
  };
}

function inChunks(body: Buffer, sizes: readonly number[]): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (const size of [...sizes, body.length]) {
    const chunk = body.subarray(at, at + Math.max(1, size));
    at += chunk.length;
    if (chunk.length > 0) parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}
