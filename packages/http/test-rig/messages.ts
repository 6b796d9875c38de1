/** Headers every MCP request has. */
export const mcpHeaders = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' };

/** A 2025-era tools/call. */
export function call(name: string, args: unknown = {}, id: unknown = 1): object {
  return { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } };
}

const version = '2026-07-28';
const _meta = {
  'io.modelcontextprotocol/protocolVersion': version,
  'io.modelcontextprotocol/clientCapabilities': {},
  progressToken: 'p',
};

/** A tools/list of 2026-07-28, with the headers it demands. */
export const modernList = {
  headers: { ...mcpHeaders, 'MCP-Protocol-Version': version, 'Mcp-Method': 'tools/list' },
  body: { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta } },
};

/** The same call as 2026-07-28 wants it, with the headers it demands. */
export function modernCall(name: string, args: unknown = {}, id: unknown = 1) {
  return {
    headers: { ...mcpHeaders, 'MCP-Protocol-Version': version, 'Mcp-Method': 'tools/call', 'Mcp-Name': name },
    body: { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args, _meta } },
  };
}

/** Posts a message as JSON, with a token when there is one. */
export function post(
  url: string,
  body: unknown,
  token?: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { ...mcpHeaders, ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }), ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** The bytes of a request with that message, of the anonymous caller. */
export function written(body: object, headers: Readonly<Record<string, string>> = {}): string {
  const text = JSON.stringify(body);
  const all = { Host: '127.0.0.1', ...mcpHeaders, ...headers, 'Content-Length': Buffer.byteLength(text) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST /mcp HTTP/1.1\r\n${lines.join('')}\r\n${text}`;
}
