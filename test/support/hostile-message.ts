/** A body that is no good request, for one era. Headers are those the era demands for it, so that the edge lets it through. */
export interface HostileMessage {
  readonly body: string;
  /** What `Mcp-Method` and `Mcp-Name` say in 2026-07-28. */
  readonly method: string;
  readonly name?: string;
}

export const eras = ['2025-11-25', '2026-07-28'] as const;
export type Era = (typeof eras)[number];

/** What every request of 2026-07-28 carries. */
const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'hostile', version: '1.0.0' },
};

export const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

/** A request whose members are JSON texts, so that they can be anything; with the envelope where the era wants one. */
export function request(
  era: Era,
  method: string,
  params: Readonly<Record<string, string>> = {},
  more = '',
): HostileMessage {
  const meta = era === '2026-07-28' && !('_meta' in params) ? { _meta: JSON.stringify(envelope) } : {};
  const members = Object.entries({ ...params, ...meta }).map(([key, json]) => `${JSON.stringify(key)}:${json}`);
  const name = /^"([\x20-\x7e]*)"$/.exec(params.name ?? params.uri ?? params.taskId ?? '')?.[1];
  return {
    body: `{"jsonrpc":"2.0","id":1,"method":${JSON.stringify(method)},"params":{${members.join(',')}}${more}}`,
    method,
    ...(name === undefined ? {} : { name }),
  };
}

/** A call of a tool with arguments as JSON text. */
export function toolCall(era: Era, tool: string, args: string): HostileMessage {
  return request(era, 'tools/call', { name: JSON.stringify(tool), arguments: args });
}
