import { setTimeout as wait } from 'node:timers/promises';

/** What an agent saw. */
export interface Seen {
  /** Milliseconds of each call that was answered with tables, sorted. */
  readonly latencies: readonly number[];
  /** Other answers, by what they began with. */
  readonly refusals: ReadonlyMap<string, number>;
}

const headers = {
  'Content-Type': 'application/json',
  Accept: 'application/json, text/event-stream',
  'MCP-Protocol-Version': '2026-07-28',
  'Mcp-Method': 'tools/call',
  'Mcp-Name': 'list_tables',
};
const body = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: {
    name: 'list_tables',
    arguments: {},
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'incident', version: '1.0.0' },
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
});

/** Calls `list_tables` so many times a second for `ms`, whatever the answers, with at most `maxOpen` calls open. */
export async function agent(
  { url, token }: { readonly url: string; readonly token?: string | undefined },
  perSecond: number,
  ms: number,
  maxOpen: number,
): Promise<Seen> {
  const latencies: number[] = [];
  const refusals = new Map<string, number>();
  const open = new Set<Promise<void>>();
  const refused = (why: string): void => void refusals.set(why, (refusals.get(why) ?? 0) + 1);
  const call = async (): Promise<void> => {
    const begun = performance.now();
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { ...headers, ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) },
        body,
        signal: AbortSignal.timeout(30_000),
      });
      const text = await response.text();
      if (response.ok && text.includes('customers') && !text.includes('"isError":true')) {
        latencies.push(performance.now() - begun);
      } else
        refused(
          /too many (connections|clients)|remaining connection slots|[A-Z]{4,}_[A-Z_]+/.exec(text)?.[0] ??
            `HTTP ${response.status}`,
        );
    } catch (error) {
      refused(String((error as Error).cause ?? error).slice(0, 60));
    }
  };
  const begun = performance.now();
  for (let n = 0; performance.now() - begun < ms; n += 1) {
    const early = begun + (n * 1_000) / perSecond - performance.now();
    if (early > 1) await wait(early);
    if (open.size >= maxOpen) await Promise.race(open);
    const one = call().finally(() => open.delete(one));
    open.add(one);
  }
  await Promise.all(open);
  return { latencies: latencies.sort((a, b) => a - b), refusals };
}
