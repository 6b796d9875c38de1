/** One HTTP answer. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the body came to its end. */
  readonly complete: boolean;
}

/** Takes answers out of the bytes of a connection, in order. */
export class AnswerReader {
  #bytes: Buffer = Buffer.alloc(0);
  #taken = 0;

  /** Takes bytes, returns what has become whole. `isHead` says whether the nth answer has no body, whatever its length says. */
  take(bytes: Buffer, isHead: (nth: number) => boolean): WireAnswer[] {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    const answers: WireAnswer[] = [];
    for (;;) {
      const split = this.#bytes.indexOf('\r\n\r\n');
      if (split < 0) return answers;
      const { status, headers } = headOf(this.#bytes.toString('latin1', 0, split));
      const start = split + 4;
      if (status >= 100 && status < 200) {
        this.#bytes = this.#bytes.subarray(start);
        continue;
      }
      const body =
        isHead(this.#taken) || status === 204 ? { text: '', end: start } : bodyOf(this.#bytes, start, headers);
      if (body === undefined) return answers;
      this.#bytes = this.#bytes.subarray(body.end);
      this.#taken++;
      answers.push({ status, headers, body: body.text, complete: true });
    }
  }

  /** What was left when the connection closed: an answer without an end, or nothing. */
  rest(): WireAnswer | undefined {
    if (this.#bytes.length === 0) return undefined;
    const split = this.#bytes.indexOf('\r\n\r\n');
    const text = this.#bytes.toString('utf8');
    if (split < 0) return { status: 0, headers: {}, body: text, complete: false };
    return {
      ...headOf(this.#bytes.toString('latin1', 0, split)),
      body: this.#bytes.toString('utf8', split + 4),
      complete: false,
    };
  }
}

function headOf(text: string): Pick<WireAnswer, 'status' | 'headers'> {
  const [first = '', ...lines] = text.split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})(?: |$)/.exec(first)?.[1] ?? 0);
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  return { status, headers };
}

function bodyOf(
  bytes: Buffer,
  start: number,
  headers: Readonly<Record<string, string>>,
): { readonly text: string; readonly end: number } | undefined {
  if (headers['transfer-encoding'] === 'chunked') return chunkedBody(bytes, start);
  const length = Number(headers['content-length'] ?? 0);
  if (bytes.length < start + length) return undefined;
  return { text: bytes.toString('utf8', start, start + length), end: start + length };
}

function chunkedBody(bytes: Buffer, start: number): { readonly text: string; readonly end: number } | undefined {
  const chunks: Buffer[] = [];
  let at = start;
  for (;;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    const end = line + 2 + size + 2;
    if (!(size >= 0) || bytes.length < end) return undefined;
    if (size === 0) return { text: Buffer.concat(chunks).toString('utf8'), end };
    chunks.push(bytes.subarray(line + 2, line + 2 + size));
    at = end;
  }
}
