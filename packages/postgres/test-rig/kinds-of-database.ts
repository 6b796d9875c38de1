import { afterAll, beforeAll, describe } from 'vitest';
import type { Database } from '../src/database.js';
import { withSession } from '../src/pg/with-session.js';
import { type Embedded, openEmbedded } from '../src/pglite/embedded.js';
import type { Session } from '../src/session.js';
import { auditRole } from '../src/setup/role-names.js';
import { setUp } from '../src/setup/set-up.js';
import { decodeValue } from '../src/values/decode-value.js';
import { encodeParameter } from '../src/values/encode-parameter.js';
import { type PostgresFixture, postgresAnswers, usePostgres } from './postgres-fixture.js';
import { shop } from './shop.js';

type Work<T> = (session: Session) => Promise<T>;

/** A database of the shop, of either kind, and who else works on it. */
export interface ShopDatabase {
  readonly kind: 'embedded' | 'server';
  readonly current: Database;
  asAdmin<T>(work: Work<T>): Promise<T>;
  asAuditor<T>(work: Work<T>): Promise<T>;
  /** What one statement of the superuser gives. */
  admin(text: string, params?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Sets it up again. */
  setUp(): Promise<unknown>;
}

/** Runs a suite on the embedded database and on a real server, each with a shop of its own. */
export function onEveryDatabase(suite: (shop: ShopDatabase, fixture?: PostgresFixture) => void): void {
  describe('on the embedded database', () => {
    let embedded: Embedded;
    beforeAll(async () => {
      embedded = await openEmbedded(shop);
    });
    afterAll(() => embedded?.database.close());
    suite(
      shopDatabase('embedded', () => embedded.database, {
        admin: (work) => embedded.as('postgres', work),
        auditor: (work) => embedded.as(auditRole, work),
      }),
    );
  });
  describe.skipIf(!postgresAnswers)('on a server', () => {
    const fixture = usePostgres();
    let database: Database;
    beforeAll(async () => {
      database = await fixture.open();
    });
    afterAll(() => database?.close());
    suite(
      shopDatabase('server', () => database, {
        admin: (work) => withSession(fixture.adminUrl, 'admin', work),
        auditor: (work) => withSession(fixture.auditUrl, 'auditor', work),
      }),
      fixture,
    );
  });
}

function shopDatabase(
  kind: ShopDatabase['kind'],
  current: () => Database,
  as: Readonly<Record<'admin' | 'auditor', <T>(work: Work<T>) => Promise<T>>>,
): ShopDatabase {
  return {
    kind,
    get current() {
      return current();
    },
    asAdmin: as.admin,
    asAuditor: as.auditor,
    async admin(text, params = []) {
      const { columns, rows } = await as.admin((session) => session.statement(text, params.map(encodeParameter)));
      return rows.map((row) =>
        Object.fromEntries(columns.map(({ name, oid }, i) => [name, decodeValue(oid, row[i] ?? null)])),
      );
    },
    setUp: () => as.admin((session) => setUp(session, shop)),
  };
}
