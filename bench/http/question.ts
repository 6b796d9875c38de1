import { toolNames } from '../support/tool-names.js';
import type { Era } from './contender.js';

/** One request that is sent again and again, and how its answer is judged. */
export interface Question {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What is wrong with the JSON-RPC result; `undefined` when nothing is. */
  readonly fault: (result: unknown) => string | undefined;
}

/** What the benchmark asks for. */
export type QuestionKind = 'call' | 'list';

const versionOf = { legacy: '2025-11-25', modern: '2026-07-28' } as const satisfies Record<Era, string>;

/** The request of an ordinary client of that era: `echo` with three arguments, or the list of all tools. */
export function question(kind: QuestionKind, era: Era, tools: number, token: string | undefined): Question {
  const method = kind === 'call' ? 'tools/call' : 'tools/list';
  const modern = era === 'modern';
  const params = {
    ...(kind === 'call' ? { name: 'echo', arguments: { text: 'sallyport ', times: 3, upper: true } } : {}),
    ...(modern ? { _meta: envelope } : {}),
  };
  return {
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      'MCP-Protocol-Version': versionOf[era],
      ...(modern ? { 'Mcp-Method': method } : {}),
      ...(modern && kind === 'call' ? { 'Mcp-Name': 'echo' } : {}),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    fault: kind === 'call' ? callFault : (result) => listFault(result, tools),
  };
}

const envelope = {
  'io.modelcontextprotocol/protocolVersion': versionOf.modern,
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

const answer = 'SALLYPORT SALLYPORT SALLYPORT ';

function callFault(result: unknown): string | undefined {
  const { content } = (result ?? {}) as { readonly content?: unknown };
  const text = Array.isArray(content) && content.length === 1 ? (content[0] as { text?: unknown }).text : undefined;
  return text === answer ? undefined : 'is not the one text block that echo answers';
}

function listFault(result: unknown, count: number): string | undefined {
  const { tools } = (result ?? {}) as { readonly tools?: unknown };
  if (!Array.isArray(tools)) return 'has no tools';
  const listed = tools as readonly { readonly name?: unknown; readonly inputSchema?: { properties?: object } }[];
  if (listed.map(({ name }) => name).join() !== toolNames(count).join())
    return `does not list all ${count} tools in order`;
  const described = listed.every(
    ({ inputSchema }) => Object.keys(inputSchema?.properties ?? {}).join() === 'text,times,upper',
  );
  return described ? undefined : 'does not show the three arguments of every tool';
}
