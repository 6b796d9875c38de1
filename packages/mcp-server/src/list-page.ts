import type { Server, ServerContext } from '@modelcontextprotocol/server';
import { RpcError } from '@sallyport/core/adapter';
import { servingOf } from './serving.js';

type Item = Readonly<Record<string, unknown>>;

/** Where each list method keeps its items, and which field names one. */
const lists = {
  'tools/list': { field: 'tools', key: 'name' },
  'resources/list': { field: 'resources', key: 'uri' },
  'resources/templates/list': { field: 'resourceTemplates', key: 'uriTemplate' },
  'prompts/list': { field: 'prompts', key: 'name' },
} as const;

/** The methods whose answers are lists. */
type ListMethod = keyof typeof lists;

export function isListMethod(method: string): method is ListMethod {
  return Object.hasOwn(lists, method);
}

/** One page of a whole list, as the host of this server wants it. Throws −32602 for a bad cursor. */
export async function listPage(
  server: Server,
  method: ListMethod,
  whole: object,
  cursor: unknown,
  ctx: ServerContext,
): Promise<object> {
  const { pages, privateLists = false } = servingOf(server);
  const { field, key } = lists[method];
  const answer = privateLists && ctx.mcpReq.envelope !== undefined ? { ...whole, cacheScope: 'private' } : whole;
  if (pages === undefined) {
    if (cursor !== undefined) throw new RpcError(-32602, 'Invalid cursor: this list has one page.');
    return answer;
  }
  const all = (whole as Readonly<Record<string, readonly Item[]>>)[field] ?? [];
  const { items, nextCursor } = await pages.page(method, all, (item) => String(item[key]), cursor);
  return { ...answer, [field]: items, ...(nextCursor === undefined ? {} : { nextCursor }) };
}
