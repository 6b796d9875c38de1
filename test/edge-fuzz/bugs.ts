import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

/** Wrong servers: what stands in front of the real one and breaks what the fuzzing is there to notice. */
export const bugs: Readonly<Record<string, (next: RequestListener) => RequestListener>> = {
  'shows the stack of what went wrong': onAnswer((request, text) =>
    request.headers['mcp-name'] !== undefined && text.includes('"error"')
      ? text.replace(/"message":"/, `"message":"${new Error('x').stack?.split('\n')[1]?.trim()} `)
      : text,
  ),
  'answers an unexpected method with a page': (next) => (request, response) => {
    if (request.method === 'PATCH') response.writeHead(405, { 'Content-Type': 'text/html' }).end('<html>no</html>');
    else next(request, response);
  },
  'answers 500 to a header nobody reads': (next) => (request, response) => {
    if (request.headers['x-http-method-override'] !== undefined) response.writeHead(500).end();
    else next(request, response);
  },
  'crashes on a cookie': (next) => (request, response) => {
    next(request, response);
    if (request.headers.cookie !== undefined) setImmediate(() => JSON.parse(`{${request.headers.cookie}`));
  },
  'loses a rejection': (next) => (request, response) => {
    next(request, response);
    if (request.headers['last-event-id'] !== undefined) void Promise.reject(new Error('lost'));
  },
  'never answers a range': (next) => (request, response) => {
    if (request.headers.range === undefined) next(request, response);
  },
  'keeps every request': (next) => {
    const kept: unknown[] = [];
    return (request, response) => {
      kept.push(request, response, Buffer.alloc(40_000));
      next(request, response);
    };
  },
  'keeps a timer for every request': (next) => (request, response) => {
    setTimeout(() => {}, 3_600_000);
    next(request, response);
  },
  'keeps a call in flight whose client has gone': (next) => (request, response) => {
    // As Node does for all but the first of pipelined requests.
    const emit = response.emit.bind(response);
    response.emit = (name: string, ...more: unknown[]) => name !== 'close' && emit(name, ...more);
    next(request, response);
  },
  'merges what it is sent into all objects': (next) => (request, response) => {
    request.on('data', (chunk: Buffer) => {
      if (chunk.includes('"__proto__":{"polluted":true}')) Object.assign(Object.prototype, { polluted: true });
    });
    next(request, response);
  },
  'mixes up the answers of one connection': (next) => {
    let last = '1';
    return (request, response) => {
      const end = response.end.bind(response);
      response.end = ((text?: unknown) => {
        const own = /"id":("[^"]*"|\d+)\}$/.exec(String(text ?? ''))?.[1];
        if (own === undefined || own.length !== last.length) last = own ?? last;
        else [text, last] = [String(text).replace(`"id":${own}}`, `"id":${last}}`), own];
        return end(text as string);
      }) as ServerResponse['end'];
      next(request, response);
    };
  },
  'lacks the security headers where nothing is found': (next) => (request, response) => {
    const writeHead = response.writeHead.bind(response);
    response.writeHead = ((status: number, headers: Record<string, string>) => {
      if (status === 404) response.removeHeader('X-Content-Type-Options');
      return writeHead(status, headers);
    }) as ServerResponse['writeHead'];
    next(request, response);
  },
  'hands out the token': onAnswer((request, text) =>
    request.headers.baggage !== undefined
      ? text.replace('"message":"', `"message":"${request.headers.authorization ?? ''} `)
      : text,
  ),
};

/** A server that changes the text of its answers. */
function onAnswer(change: (request: IncomingMessage, text: string) => string) {
  return (next: RequestListener): RequestListener =>
    (request, response) => {
      const writeHead = response.writeHead.bind(response);
      const end = response.end.bind(response);
      let head: readonly [number, Record<string, unknown>] | undefined;
      response.writeHead = ((status: number, headers: Record<string, unknown> = {}) => {
        head = [status, headers];
        return response;
      }) as ServerResponse['writeHead'];
      response.end = ((text?: unknown) => {
        const changed = text === undefined ? '' : change(request, String(text));
        if (head !== undefined) {
          const length = 'Content-Length' in head[1] ? { 'Content-Length': Buffer.byteLength(changed) } : {};
          writeHead(head[0], { ...head[1], ...length } as Record<string, string>);
        }
        return end(changed);
      }) as ServerResponse['end'];
      next(request, response);
    };
}
