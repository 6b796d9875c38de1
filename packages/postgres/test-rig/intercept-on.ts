import type pg from 'pg';

/** Stands between a connection and who uses it: may change what is sent, or what is answered. */
export type Interceptor = (query: SentQuery, send: (query: SentQuery) => Promise<unknown>) => Promise<unknown>;

/** A text on the simple protocol, or a statement on the extended one. */
export type SentQuery = string | { readonly text: string };

/** Puts one on each connection of a pool, which has none yet. Asked once for each, so that an interceptor may remember. */
export function interceptOn(pool: pg.Pool, interceptor: () => Interceptor): void {
  pool.on('connect', (client) => {
    const { query } = client;
    const intercept = interceptor();
    const send = (sent: SentQuery): Promise<unknown> => Reflect.apply(query, client, [sent]);
    client.query = ((sent: SentQuery) => intercept(sent, send)) as typeof query;
  });
}

/** One that changes texts on the simple protocol: what opens and ends transactions. */
export function rewriting(rewrite: (text: string) => string): Interceptor {
  return (query, send) => send(typeof query === 'string' ? rewrite(query) : query);
}
