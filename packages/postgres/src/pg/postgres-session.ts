import type { Client, QueryArrayResult, QueryConfig, QueryResult } from 'pg';
import { ResultTooLarge } from '../query/result-too-large.js';
import type { RawResult, Session } from '../session.js';
import { toDatabaseError } from '../to-database-error.js';

/** What `pg` does but its types do not say. */
interface ExtendedQuery extends QueryConfig<(string | null)[]> {
  readonly rowMode: 'array';
  readonly queryMode: 'extended';
}

const asText = { getTypeParser: () => (text: string) => text };

/** A session on a connection of `pg`. */
export function postgresSession(client: Client): Session {
  return {
    async script(text) {
      await client.query(text).catch(rethrow);
    },
    async statement(text, params = [], maxBytes = Number.POSITIVE_INFINITY): Promise<RawResult> {
      // Without queryMode, `pg` uses the simple protocol when there are no parameters, and that runs several statements.
      const config: ExtendedQuery = {
        text,
        values: [...params],
        rowMode: 'array',
        queryMode: 'extended',
        types: asText,
      };
      const meter = Number.isFinite(maxBytes) ? meterOn(client, maxBytes) : undefined;
      try {
        const { fields, rows, command, rowCount } = await client.query<(string | null)[]>(config);
        // The whole of it may have come before the connection was cut.
        if (meter?.exceeded === true) throw new ResultTooLarge();
        const columns = fields.map(({ name, dataTypeID }) => ({ name, oid: dataTypeID }));
        return { columns, rows, command, affectedRows: rowCount ?? 0 };
      } catch (error) {
        if (meter?.exceeded === true) throw new ResultTooLarge();
        throw toDatabaseError(error);
      } finally {
        meter?.stop();
      }
    },
  };
}

/** The command tag of a statement; `COMMIT` of a failed transaction answers `ROLLBACK`. */
export async function commandOf(client: Client, text: string): Promise<string> {
  const { command }: QueryResult | QueryArrayResult = await client.query(text);
  return command;
}

function rethrow(error: unknown): never {
  throw toDatabaseError(error);
}

/** Cuts the connection when more than `maxBytes` arrive: `pg` would otherwise buffer a value of up to a gigabyte whole. */
function meterOn(client: Client, maxBytes: number): { readonly exceeded: boolean; stop(): void } {
  const { stream } = (client as unknown as { connection: { stream: NodeJS.ReadableStream & { destroy(): void } } })
    .connection;
  let bytes = 0;
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > maxBytes) stream.destroy();
  };
  stream.on('data', count);
  return {
    get exceeded() {
      return bytes > maxBytes;
    },
    stop: () => void stream.off('data', count),
  };
}
