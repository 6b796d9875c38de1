import type { IncomingMessage } from 'node:http';
import { classifyInboundRequest } from '@modelcontextprotocol/server';

/** `modern`: 2026-07-28, every request carries its own envelope. `legacy`: the 2025 revisions. */
export type Era = 'modern' | 'legacy';

/** The era the official handler will serve this message in; its own rule, so the two cannot disagree. */
export function eraOf(request: IncomingMessage, message: unknown): Era {
  return routeOf(request, message) === 'modern' ? 'modern' : 'legacy';
}

/** Where the official handler takes this message: to either era, or to an error of its own about a broken envelope. */
export function routeOf({ headers }: IncomingMessage, message: unknown): Era | 'reject' {
  const route = classifyInboundRequest({
    httpMethod: 'POST',
    body: message,
    ...named('protocolVersionHeader', headers['mcp-protocol-version']),
    ...named('mcpMethodHeader', headers['mcp-method']),
    ...named('mcpNameHeader', headers['mcp-name']),
  });
  return route.kind;
}

function named<K extends string>(key: K, value: string | string[] | undefined): { readonly [name in K]?: string } {
  return typeof value === 'string' ? ({ [key]: value } as { readonly [name in K]: string }) : {};
}
