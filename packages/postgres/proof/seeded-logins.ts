import type pg from 'pg';
import { type Interceptor, interceptOn, rewriting, type SentQuery } from '../test-rig/intercept-on.js';

/** A bug of the login of agents' SQL: what the server permits it besides, and how its connections are changed. */
export interface SeededLogin {
  readonly permits?: string;
  readonly on?: (pool: pg.Pool) => void;
}

const mayLock = 'grant execute on function pg_catalog.pg_try_advisory_lock(bigint) to public';
const mayCount = 'grant usage on sequence invoices_id_seq to sallyport_query';

/** What can be wrong with that login, each alone. The start-up check would refuse most of it, so it is done after that. */
export const seededLogins = {
  'may set the tenant': { permits: 'grant execute on function pg_catalog.set_config(text, text, boolean) to public' },
  'may lock': { permits: mayLock },
  'may lock, on connections that are not cleared': {
    permits: mayLock,
    on: (pool) => interceptOn(pool, () => rewriting((text) => (text === 'DISCARD ALL' ? 'SELECT 1' : text))),
  },
  'may count': { permits: mayCount },
  'may count, in transactions that are not READ ONLY': {
    permits: mayCount,
    on: (pool) => interceptOn(pool, () => rewriting((text) => text.replace(', READ ONLY', ', READ WRITE'))),
  },
  'owns a table without FORCE': {
    permits: 'alter table invoices owner to sallyport_query; alter table invoices no force row level security',
  },
  'sends queries on the simple protocol, without a cursor': { on: (pool) => interceptOn(pool, onSimpleProtocol) },
} as const satisfies Readonly<Record<string, SeededLogin>>;

const declared = 'DECLARE sallyport NO SCROLL CURSOR FOR ';

/** Sends what a cursor should be declared for as it is, and gives its last result to the first that fetches. */
function onSimpleProtocol(): Interceptor {
  let last = { rows: [] as unknown[] };
  return async (query, send) => {
    const text = typeof query === 'string' ? query : query.text;
    if (text.startsWith(declared)) {
      const results = await send({
        ...(query as object),
        text: text.slice(declared.length),
        queryMode: 'simple',
      } as SentQuery);
      last = [results].flat().at(-1) as typeof last;
      return { ...last, rows: [] };
    }
    if (!text.startsWith('FETCH ')) return send(query);
    const fetched = last;
    last = { ...last, rows: [] };
    return fetched;
  };
}
