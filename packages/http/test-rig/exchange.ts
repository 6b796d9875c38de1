import { connect } from 'node:net';

/** What came back over a raw socket. `status` 0: the socket was closed without an answer. */
export interface Raw {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Sends exactly these bytes and reads until the server closes, or until one whole answer is there. */
export function exchange(port: number, bytes: string | Buffer, { halfOpen = false } = {}): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let received = Buffer.alloc(0);
    const finish = () => {
      socket.destroy();
      resolve(parse(received.toString('latin1')));
    };
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.toString('latin1').startsWith('HTTP/1.1 100 '))
        received = received.subarray(received.indexOf('\r\n\r\n') + 4);
      if (isComplete(received.toString('latin1'))) finish();
    });
    socket.on('end', finish);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') finish();
      else reject(error);
    });
    socket.write(bytes, () => {
      if (halfOpen) socket.end();
    });
  });
}

function parse(text: string): Raw {
  const split = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, Math.max(0, split)).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  return { status: Number(statusLine.split(' ')[1] ?? 0), headers, text: split < 0 ? '' : text.slice(split + 4) };
}

function isComplete(text: string): boolean {
  const { headers, text: body } = parse(text);
  const length = headers['content-length'];
  if (length !== undefined) return body.length >= Number(length);
  return headers['transfer-encoding'] === 'chunked' && body.endsWith('0\r\n\r\n');
}
