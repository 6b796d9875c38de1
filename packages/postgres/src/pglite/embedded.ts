import { createDatabase } from '../create-database.js';
import type { Database } from '../database.js';
import type { Driver } from '../driver.js';
import type { Lease } from '../lease.js';
import { Permits, type Waiting } from '../permits.js';
import { refuseCostlyPlan } from '../query/refuse-costly-plan.js';
import type { Session } from '../session.js';
import { checkLogin } from '../setup/check-login.js';
import { appRole as defaultAppRole, queryRole as defaultQueryRole } from '../setup/role-names.js';
import { type SetUpOptions, setUp } from '../setup/set-up.js';
import { sqlIdentifier } from '../values/sql-identifier.js';
import { pgliteLease } from './pglite-lease.js';
import { PGliteServer } from './pglite-server.js';
import { pgliteSession } from './pglite-session.js';

/** The embedded database, and what a server gives by its other logins. */
export interface Embedded {
  readonly database: Database;
  /** Runs `work` in its turn, on the one session, as any role: the superuser `postgres`, or the auditor. */
  as<T>(role: string, work: (session: Session) => Promise<T>): Promise<T>;
}

/** What an embedded database is set up for, and what its start-up check lets pass. */
export interface EmbeddedOptions extends Omit<SetUpOptions, 'passwords'> {
  /** What the start-up check would refuse and you answer for, as its error names it. Default none. */
  readonly exempt?: readonly string[];
}

/** How long closing waits for what runs. */
const closeAfterMs = 5_000;

/**
 * Starts one, sets it up, and checks its logins as those of a server are checked. Its only real login is a superuser.
 * So each lease makes the session another's with SET SESSION AUTHORIZATION, which is what `RESET ROLE` then leads back
 * to, and of which roles, grants and row-level security think as of a login.
 */
export async function openEmbedded(options: EmbeddedOptions = {}): Promise<Embedded> {
  const { appRole = defaultAppRole, queryRole = defaultQueryRole, tenantColumn = 'tenant_id', exempt = [] } = options;
  const server = await PGliteServer.start();
  const session = pgliteSession(server);
  const turns = new Permits(1);
  const leaseAs = async (role: string, signal: AbortSignal, waiting?: Waiting): Promise<Lease> => {
    const lease = pgliteLease(server, { clears: role === queryRole, giveBack: await turns.acquire(signal, waiting) });
    try {
      await session.script(`SET SESSION AUTHORIZATION ${sqlIdentifier(role)}`);
      return lease;
    } catch (error) {
      await lease.release();
      throw error;
    }
  };
  const driver: Driver = {
    lease: (login, signal, waiting) => leaseAs(login === 'app' ? appRole : queryRole, signal, waiting),
    checkQuery: refuseCostlyPlan,
    // One session for both logins.
    measures: () => turns.measures('app'),
    async ping(signal) {
      signal.throwIfAborted();
      server.assertAlive();
    },
    async close() {
      await turns.close(closeAfterMs);
      await server.stop();
    },
  };
  try {
    await setUp(session, options);
    // refuseCostlyPlan lives on the planner's estimates.
    await session.script('ANALYZE');
    const rules = { tables: [], tenantColumn, exempt };
    for (const login of ['app', 'query'] as const) await checkLogin(driver, login, rules);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    database: createDatabase(driver),
    async as(role, work) {
      const lease = await leaseAs(role, new AbortController().signal);
      return work(lease.session).finally(() => lease.release());
    },
  };
}
