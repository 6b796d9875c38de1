// @ts-check
// Runs the embedded Postgres. A plain module: it starts the same under tsx, under vitest and after a build, none of which
// would translate a worker's source. See src/pglite/pglite-thread.ts for the other side.
import { parentPort, workerData } from 'node:worker_threads';

/** @import { PGliteReply, PGliteRequest } from '../src/pglite/pglite-protocol.js' */

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

const { PGlite } = await import('@electric-sql/pglite');

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

// Every value as the text Postgres sent: decoding is one piece of code for all drivers, on the other side.
const asText = (/** @type {string} */ text) => text;
for (const oid of Object.keys(database.parsers)) database.parsers[oid] = asText;
const serializers = new Proxy({}, { get: () => asText });

/** @param {PGliteRequest} request */
async function answer({ text, params }) {
  if (params === undefined) {
    const results = await database.exec(text);
    return { columns: [], rows: [], command: results.at(-1)?.command ?? '', affectedRows: 0 };
  }
  const options = { rowMode: /** @type {const} */ ('array'), serializers };
  const { fields, rows, command, affectedRows } = await database.query(text, [...params], options);
  return {
    columns: fields.map(({ name, dataTypeID }) => ({ name, oid: dataTypeID })),
    rows: /** @type {(string | null)[][]} */ (rows),
    command: command ?? '',
    affectedRows: affectedRows ?? 0,
  };
}

port.on('message', async (/** @type {PGliteRequest} */ request) => {
  /** @type {PGliteReply} */
  let reply;
  try {
    reply = { id: request.id, result: await answer(request) };
  } catch (error) {
    const { code, constraint, message } = /** @type {import('../src/to-database-error.js').ServerError} */ (error);
    reply = { id: request.id, error: { code, constraint, message } };
  }
  port.postMessage(reply);
});
port.postMessage({ id: 0, result: { columns: [], rows: [], command: '', affectedRows: 0 } });
