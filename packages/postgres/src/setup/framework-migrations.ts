import { type Migration, readMigrations } from './read-migrations.js';

/** Where it is remembered which of them were applied. */
export const frameworkHistory = 'sallyport.migrations';

/** The versions of the framework's own schema; they are published beside the code. */
export function frameworkMigrations(): Promise<Migration[]> {
  return readMigrations(new URL('../../migrations/', import.meta.url));
}
