import type { IncomingHttpHeaders } from 'node:http';
import type { RpcId } from '../rpc-error.js';

/** What can be seen of a message without parsing it. Whatever cannot is `undefined`, and the id `null`. */
export interface Glance {
  readonly method: string | undefined;
  readonly tool: string | undefined;
  readonly id: RpcId;
}

const headBytes = 512;
const tailBytes = 160;
const idPattern = '"id"\\s*:\\s*(-?\\d{1,15}|"[\\w.:@/+=-]{0,100}")';
const idBefore = new RegExp(idPattern);
const idAtEnd = new RegExp(`[,{]\\s*${idPattern}\\s*(?:,\\s*"jsonrpc"\\s*:\\s*"2\\.0"\\s*)?\\}\\s*$`);

/**
 * Looks at the first and the last bytes of a body. What it says may be wrong about a body that was written to deceive, so
 * nothing may be let in because of it.
 */
export function glance(body: Buffer, headers: IncomingHttpHeaders): Glance {
  const head = body.toString('latin1', 0, headBytes);
  const params = head.indexOf('"params"');
  const before = params < 0 ? head : head.slice(0, params);
  const tail = body.toString('latin1', Math.max(0, body.length - tailBytes));
  const id = (idBefore.exec(before) ?? idAtEnd.exec(tail))?.[1];
  return {
    method: /"method"\s*:\s*"([\w/]{1,64})"/.exec(before)?.[1] ?? single(headers['mcp-method']),
    tool:
      /^"params"\s*:\s*\{\s*"name"\s*:\s*"([\w.-]{1,128})"/.exec(head.slice(params))?.[1] ??
      single(headers['mcp-name']),
    id: id === undefined ? null : (JSON.parse(id) as RpcId),
  };
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
