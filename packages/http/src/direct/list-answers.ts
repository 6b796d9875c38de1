import type { Principal, Tool } from '@sallyport/core';
import { ToolTable } from '@sallyport/core/adapter';
import type { Era } from '../era.js';

/** What a caller may see. Equal rights should give the same array, because what is made of it is kept with it. */
export type ListFor = (principal: Principal) => readonly Tool[];

/** The `result` of `tools/list` for a caller, in UTF-8, built once for each set of tools that callers see. */
export type ListAnswers = (principal: Principal, era: Era) => Buffer;

/**
 * 2026-07-28 wants a cache policy (SEP-2549); these are the SDK's defaults. Never `public`: the list depends on the caller. Where
 * that is said by the host already, the SDK leaves it in front of what it adds.
 */
const byDefault = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };
const saidBefore = { cacheScope: 'private', resultType: 'complete', ttlMs: 0 };

/** Makes the answers; `privateLists` as in `Serving` of `@sallyport/mcp-server/host`. */
export function listAnswers(listFor: ListFor, serverInfo: object, privateLists: boolean): ListAnswers {
  const uncached = privateLists ? saidBefore : byDefault;
  const made = new WeakMap<readonly Tool[], Readonly<Record<Era, Buffer>>>();
  return (principal, era) => {
    const tools = listFor(principal);
    let answers = made.get(tools);
    if (answers === undefined) {
      const table = new ToolTable();
      table.add(tools.map((tool) => ({ tool, options: {} })));
      const legacy = { tools: table.list() };
      const modern = { ...legacy, ...uncached, _meta: { 'io.modelcontextprotocol/serverInfo': serverInfo } };
      answers = { legacy: Buffer.from(JSON.stringify(legacy)), modern: Buffer.from(JSON.stringify(modern)) };
      made.set(tools, answers);
    }
    return answers[era];
  };
}
