import type { SetUpOptions } from '../src/setup/set-up.js';

/** The shop of the tests: two tenants, `acme` and `globex`; nobody may write more than this. */
export const shop: SetUpOptions = {
  migrations: new URL('./shop/', import.meta.url),
  tables: [{ name: 'customers' }, { name: 'orders', allow: ['update'] }, { name: 'invoices', allow: ['insert'] }],
};
