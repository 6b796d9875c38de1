// @ts-check
// Runs the embedded Postgres. A plain module: it starts the same under tsx, under vitest and after a build, none of which
// would translate a worker's source. See src/pglite/pglite-thread.ts for the other side.
import { parentPort, workerData } from 'node:worker_threads';

/** @import { PGliteOutcome, PGliteReply, PGliteRequest } from '../src/pglite/pglite-protocol.js' */

// PGlite's memory grows to 2 GiB and never shrinks. With a lower maximum, a query that wants more gets Postgres's own error
// "out of memory" and the thread lives on.
const maxPages = (512 * 1024 * 1024) / 65_536;
const { WebAssembly: wasm } = /** @type {any} */ (globalThis); // in lib.dom only
wasm.Memory = class extends wasm.Memory {
  /** @param {{ initial: number, maximum?: number }} descriptor */
  constructor(descriptor) {
    super({ ...descriptor, maximum: Math.min(descriptor.maximum ?? maxPages, maxPages) });
  }
};

const { PGlite, messages, protocol } = await import('@electric-sql/pglite');

if (parentPort === null) throw new Error('this runs as a worker thread');
const port = parentPort;

const database = await PGlite.create({
  dataDir: workerData,
  startParams: [
    ...PGlite.defaultStartParams,
    // Sample data needs little. The stack limit makes Postgres notice deep nesting before the thread's stack (32 MB, set
    // by pglite-thread.ts) runs out, which it would not survive.
    ...['shared_buffers=8MB', 'max_stack_depth=1000kB', 'client_min_messages=error', 'TimeZone=UTC'].flatMap(
      (setting) => ['-c', setting],
    ),
  ],
  initDbStartParams: ['--no-sync', '--wal-segsize=1'],
});

const { parse, bind, describe, execute, sync } = protocol.serialize;

/**
 * One statement, every value as the text Postgres sent: decoding is one piece of code for all drivers, on the other side.
 * What Postgres writes arrives in pieces while it runs; none is kept beyond `maxBytes`.
 * @param {string} text
 * @param {readonly (string | null)[]} params
 * @param {number} [maxBytes]
 * @returns {Promise<PGliteOutcome>}
 */
async function extended(text, params, maxBytes = Number.POSITIVE_INFINITY) {
  const request = [parse({ text }), bind({ values: [...params] }), describe({ type: 'P' }), execute({}), sync()];
  const parser = new protocol.Parser();
  /** @type {{ name: string, oid: number }[]} */
  let columns = [];
  /** @type {(string | null)[][]} */
  const rows = [];
  let tag = '';
  /** @type {InstanceType<typeof messages.DatabaseError> | undefined} */
  let error;
  let bytes = 0;
  await database.execProtocolRawStream(Buffer.concat(request), {
    onRawData(piece) {
      bytes += piece.length;
      if (bytes > maxBytes) return;
      parser.parse(piece, (message) => {
        if (message instanceof messages.RowDescriptionMessage)
          columns = message.fields.map(({ name, dataTypeID }) => ({ name, oid: dataTypeID }));
        else if (message instanceof messages.DataRowMessage) rows.push(message.fields);
        else if (message instanceof messages.CommandCompleteMessage) tag = message.text;
        else if (message instanceof messages.DatabaseError) error ??= message;
      });
    },
  });
  if (error !== undefined) throw error;
  if (bytes > maxBytes) return { tooLarge: true };
  const [command = '', ...counts] = tag.split(' ');
  return { result: { columns, rows, command, affectedRows: Number(counts.at(-1)) || 0 } };
}

/**
 * @param {PGliteRequest} request
 * @returns {Promise<PGliteOutcome>}
 */
async function answer({ text, params, maxBytes }) {
  if (params !== undefined) return extended(text, params, maxBytes);
  const results = await database.exec(text);
  return { result: { columns: [], rows: [], command: results.at(-1)?.command ?? '', affectedRows: 0 } };
}

port.on('message', async (/** @type {PGliteRequest} */ request) => {
  /** @type {PGliteReply} */
  let reply;
  try {
    reply = { id: request.id, ...(await answer(request)) };
  } catch (error) {
    const { code, constraint, message } = /** @type {import('../src/to-database-error.js').ServerError} */ (error);
    reply = { id: request.id, error: { code, constraint, message } };
  }
  port.postMessage(reply);
});
port.postMessage({ id: 0, result: { columns: [], rows: [], command: '', affectedRows: 0 } });
