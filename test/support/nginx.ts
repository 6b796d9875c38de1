import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { emptyFolder } from './example-server.js';
import { spawnBound } from './spawn-bound.js';
import { until } from './until.js';

const template = fileURLToPath(new URL('../../examples/postgres/nginx.conf.template', import.meta.url));

/** The example's own nginx, in front of instances. */
export interface Nginx {
  readonly origin: string;
  /** Which port answered each request so far, with the status that the client got. */
  answered(): Promise<{ readonly port: number; readonly status: number }[]>;
  /** What it has said of calls that it lost, a sentence each, with the port of the instance that had them. */
  lost(): Promise<readonly { readonly port: number; readonly why: string }[]>;
  /** Gives calls to all instances but this one (to all, without one), as an operator does it: edits the file and reloads. */
  leaveOut(port?: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it as the template says. Resolves when it listens. */
export async function startNginx(port: number, instances: readonly number[]): Promise<Nginx> {
  const folder = await emptyFolder();
  // Its workers may run as another user.
  await chmod(folder, 0o777);
  const [PORT_1, PORT_2, PORT_3] = instances.map(String);
  const values: Readonly<Record<string, string | undefined>> = {
    PORT: `${port}`,
    PORT_1,
    PORT_2,
    PORT_3,
    FOLDER: folder,
  };
  const text = (await readFile(template, 'utf8')).replaceAll(
    /\$\{([A-Z_0-9]+)\}/g,
    (whole, name: string) => values[name] ?? whole,
  );
  const file = join(folder, 'nginx.conf');
  await writeFile(file, text);
  const nginx = spawnBound('nginx', ['-c', file], { stdio: ['ignore', 'inherit', 'inherit'], deathSignal: 'TERM' });
  const exited = once(nginx, 'exit');
  const origin = `http://127.0.0.1:${port}`;
  const listens = async () => {
    if (nginx.exitCode !== null) throw new Error(`nginx ended with ${nginx.exitCode}`);
    return fetch(origin).then(
      () => true,
      () => false,
    );
  };
  await until(listens, 10_000);
  return {
    origin,
    async answered() {
      const lines = (await readFile(join(folder, 'access.log'), 'utf8')).trim().split('\n');
      return lines.map((line) => {
        const [, last = '', status = ''] = /(?:.*, )?127\.0\.0\.1:(\d+) (?:[\d-]+, )*[\d-]+ (\d+) /.exec(line) ?? [];
        return { port: Number(last), status: Number(status) };
      });
    },
    async lost() {
      const lines = (await readFile(join(folder, 'error.log'), 'utf8')).split('\n');
      return lines.flatMap((line) => {
        const [, why, port] =
          /\[error\] .*?: \*\d+ (.*), client: .*upstream: "http:\/\/(?:127\.0\.0\.1:(\d+))?/.exec(line) ?? [];
        // An instance that cannot be connected to has not had the call; another one is asked, if there is one.
        const notSent = port !== undefined && why?.includes('while connecting to upstream') === true;
        if (why === undefined || notSent) return [];
        return [{ port: Number(port ?? 0), why }];
      });
    },
    async leaveOut(out) {
      await writeFile(
        file,
        text.replace(`:${out} `, (whole) => `${whole}down `),
      );
      nginx.kill('SIGHUP');
      // The old workers take a last call or two until the new ones are there.
      await wait(500);
    },
    async stop() {
      nginx.kill('SIGQUIT');
      await exited;
    },
  };
}
