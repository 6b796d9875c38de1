import type pg from 'pg';
import { interceptOn, rewriting, type SentQuery } from '../test-rig/intercept-on.js';

/** What can be wrong with how calls use the connections of a pool. */
export const seededPools = {
  /** Sets the tenant for the session, of a connection that has none, instead of for each transaction. */
  'the tenant is set for the session': (pool) =>
    interceptOn(pool, () => {
      let isSet = false;
      return rewriting((text) => {
        const [local] = /SET LOCAL app\.tenant = [^;]*; /.exec(text) ?? [];
        if (local === undefined) return text;
        const rest = text.replace(local, '');
        if (isSet) return rest;
        isSet = true;
        // Several statements at once are one transaction: only committed is it for the session.
        return `${local.replace('LOCAL ', '')}COMMIT; ${rest}`;
      });
    }),
  'what a refused call did is kept': (pool) =>
    interceptOn(pool, () => rewriting((text) => text.replace('ROLLBACK TO SAVEPOINT', 'RELEASE SAVEPOINT'))),
  'calls are answered, and not committed': (pool) =>
    interceptOn(pool, () => async (query, send) => {
      if (query !== 'COMMIT') return send(query);
      await send('ROLLBACK');
      return { command: 'COMMIT' };
    }),
  /** And every third answer to COMMIT is lost, so that calls are repeated that took effect. */
  'keys are not looked at': (pool) => {
    let commits = 0;
    interceptOn(pool, () => async (query, send) => {
      const text = typeof query === 'string' ? query : query.text;
      const instead = (other: string) => send({ ...(query as object), text: other } as SentQuery);
      if (text.includes('sallyport.begin_effect(')) return instead("SELECT 'claimed', '1', NULL, NULL WHERE $1 <> $2");
      if (text.includes('sallyport.end_effect(')) return instead('SELECT $1, $2, $3, $4, $5, $6');
      const result = await send(query);
      if (text === 'COMMIT') commits += 1;
      if (text === 'COMMIT' && commits % 3 === 0) throw new Error('the answer to COMMIT was lost');
      return result;
    });
  },
} as const satisfies Readonly<Record<string, (pool: pg.Pool) => void>>;
