import { connect } from 'node:net';
import type { PayServer } from './pay-server.js';

/** One call as it is sent. A client gives each its own id; the key says that two are the same. */
export interface PayCall {
  readonly id: number;
  readonly memo: string;
  /** Without one, nobody can tell it from another. */
  readonly key?: string | undefined;
}

/** The calls of one client, as bytes. */
export class PayClient {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ url, token }: Pick<PayServer, 'url' | 'token'>) {
    this.#url = new URL(url);
    this.#headers = {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      'MCP-Protocol-Version': '2026-07-28',
      'Mcp-Method': 'tools/call',
      'Mcp-Name': 'pay',
      Authorization: `Bearer ${token}`,
    };
  }

  /** Sends a call and hangs up as soon as so many bytes of the response have come; resolves to how many there were. */
  cutAfter(bytes: number, call: PayCall): Promise<number> {
    const { hostname, port, pathname, host } = this.#url;
    const body = bodyOf(call);
    const length = String(Buffer.byteLength(body));
    const lines = Object.entries({ Host: host, ...this.#headers, Connection: 'close', 'Content-Length': length });
    const head = `POST ${pathname} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
    return new Promise((resolve, reject) => {
      let seen = 0;
      const socket = connect(Number(port), hostname, () => {
        socket.write(head + body, () => {
          if (bytes === 0) socket.destroy();
        });
      });
      socket.on('data', (chunk) => {
        seen += chunk.length;
        if (seen >= bytes) socket.destroy();
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(seen));
    });
  }

  /**
   * Makes a call and resolves to its result; again while the answer says that it may be repeated, as when another of its key runs.
   * Throws when HTTP refuses it.
   */
  async call(call: PayCall): Promise<string> {
    for (;;) {
      const response = await fetch(this.#url, { method: 'POST', headers: this.#headers, body: bodyOf(call) });
      const text = await response.text();
      if (!response.ok) throw new Error(`the call was answered ${response.status}: ${text}`);
      if (text.includes('"retryable":true')) continue;
      const answer: unknown = JSON.parse(/^data: (\{.*)$/m.exec(text)?.[1] ?? text);
      return JSON.stringify(structuredContent(answer) ?? answer);
    }
  }
}

function structuredContent(answer: unknown): unknown {
  return (answer as { result?: { structuredContent?: unknown } }).result?.structuredContent;
}

function bodyOf({ id, memo, key }: PayCall): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: {
      name: 'pay',
      arguments: { memo },
      _meta: {
        'dev.sallyport/idempotencyKey': key,
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': { name: 'cut', version: '1.0.0' },
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  });
}
