import { afterAll, beforeAll, describe } from 'vitest';
import type { Database } from '../src/database.js';
import { openPGlite } from '../src/pglite/open-pglite.js';
import { postgresAnswers, usePostgres } from './postgres-fixture.js';
import { shop } from './shop.js';

/** A database of the shop, of either kind. */
export interface ShopDatabase {
  readonly kind: 'embedded' | 'server';
  readonly current: Database;
}

/** Runs a suite on the embedded database and on a real server, each with a shop of its own. */
export function onEveryDatabase(suite: (shop: ShopDatabase) => void): void {
  describe('on the embedded database', () => {
    suite(opened('embedded', () => openPGlite(shop)));
  });
  describe.skipIf(!postgresAnswers)('on a server', () => {
    const fixture = usePostgres();
    suite(opened('server', () => fixture.open()));
  });
}

function opened(kind: ShopDatabase['kind'], open: () => Promise<Database>): ShopDatabase {
  let database: Database | undefined;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database?.close());
  return {
    kind,
    get current() {
      if (database === undefined) throw new Error('it is not open yet');
      return database;
    },
  };
}
