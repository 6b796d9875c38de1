import { option } from '@sallyport/core/adapter';

/** Throws a `TypeError` for what is no database. */
export function assertDatabase(of: string, database: unknown): void {
  const problem = option.having('open', 'transaction')(database);
  if (problem !== undefined)
    throw new TypeError(`${of}: the database ${problem}: open it with openPostgres, and await it`);
}
