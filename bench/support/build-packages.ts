import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Compiles the packages as they are published. Throws when they do not compile. Prints nothing on standard output. */
export function buildPackages(): void {
  const root = join(import.meta.dirname, '../..');
  const tsc = join(root, 'node_modules/.bin/tsc');
  const { status, stdout } = spawnSync(tsc, ['-b', 'packages'], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`The packages do not compile:\n${stdout}`);
}
