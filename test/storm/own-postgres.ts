import { type ChildProcess, execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { spawnBound } from '../support/spawn-bound.js';
import { until } from '../support/until.js';

const run = promisify(execFile);
const installations = '/usr/lib/postgresql';
/** Postgres refuses to run as root. */
const user = process.getuid?.() === 0 ? { user: 'postgres' } : {};

/** A Postgres that a proof owns, so that it may stop it. */
export interface OwnPostgres {
  /** As superuser. */
  readonly url: string;
  /** Ends every backend at once, as a crash would; then it is down until {@link start}. */
  crash(): Promise<void>;
  /** Resolves when it accepts connections. */
  start(): Promise<void>;
  /** Stops it and deletes its files. */
  close(): Promise<void>;
}

/** Starts one on the port, on this machine's newest installation. It keeps what was committed when it crashes. */
export async function startOwnPostgres(port: number): Promise<OwnPostgres> {
  const bin = join(installations, await newest(), 'bin');
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-postgres-'));
  if ('user' in user) execFileSync('chown', ['postgres', folder]);
  await chmod(folder, 0o700);
  const data = join(folder, 'data');
  const initdb = [join(bin, 'initdb'), '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
  const as = 'user' in user ? ['--reuid', 'postgres', '--regid', 'postgres', '--clear-groups'] : [];
  await run('setpriv', [...as, ...initdb], { cwd: folder });
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: folder, max_connections: '100' };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const args = ['-D', data, '-p', `${port}`, ...options];
  let server: ChildProcess;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  };
  const own: OwnPostgres = {
    url,
    crash: () => end('SIGQUIT'),
    async start() {
      server = spawnBound(join(bin, 'postgres'), args, { ...user, cwd: folder, stdio: 'ignore' });
      await until(async () => {
        if (server.exitCode !== null) throw new Error(`postgres ended with ${server.exitCode}`);
        return answers(url);
      }, 30_000);
    },
    async close() {
      await end('SIGQUIT');
      await rm(folder, { recursive: true, force: true });
    },
  };
  await own.start();
  return own;
}

async function newest(): Promise<string> {
  const [version] = (await readdir(installations)).sort((one, other) => Number(other) - Number(one));
  if (version === undefined) throw new Error(`no Postgres under ${installations}`);
  return version;
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
