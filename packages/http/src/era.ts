import type { IncomingMessage } from 'node:http';
import { classifyInboundRequest } from '@modelcontextprotocol/server';

/** `modern`: 2026-07-28, every request carries its own envelope. `legacy`: the 2025 revisions. */
export type Era = 'modern' | 'legacy';

/** The era the official handler will serve this message in; its own rule, so the two cannot disagree. */
export function eraOf({ headers }: IncomingMessage, message: unknown): Era {
  const route = classifyInboundRequest({
    httpMethod: 'POST',
    body: message,
    ...named('protocolVersionHeader', headers['mcp-protocol-version']),
    ...named('mcpMethodHeader', headers['mcp-method']),
    ...named('mcpNameHeader', headers['mcp-name']),
  });
  return route.kind === 'modern' ? 'modern' : 'legacy';
}

function named<K extends string>(key: K, value: string | string[] | undefined): { readonly [name in K]?: string } {
  return typeof value === 'string' ? ({ [key]: value } as { readonly [name in K]: string }) : {};
}
