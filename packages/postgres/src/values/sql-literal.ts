import { DatabaseError } from '../database-error.js';

/** A string as a Postgres literal, whatever it holds and however the server is configured. */
export function sqlLiteral(value: string): string {
  if (value.includes('\0'))
    throw new DatabaseError('statement', 'Postgres text cannot hold a zero byte', { sqlState: '22021' });
  const quoted = `'${value.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return value.includes('\\') ? ` E${quoted}` : quoted;
}
