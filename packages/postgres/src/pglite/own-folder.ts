import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Makes an empty temporary folder of this process, and first removes those that processes of this user on this host left behind
 * when they were killed. The name says whose it is; where a number has come to mean another process, the folder stays.
 */
export async function ownFolder(root = tmpdir()): Promise<string> {
  // Containers that share a folder for temporary files number their processes alike, and have names of their own.
  const prefix = `sallyport-pglite-${hostname().replaceAll(/[^\w.-]/g, '_')}-`;
  for (const name of await readdir(root)) {
    const pid = name.startsWith(prefix) ? /^(\d+)-\w{6}$/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (pid === undefined || isAlive(Number(pid))) continue;
    // One that cannot be removed, or is being removed by another start, must not keep this one from starting.
    await removeOwn(join(root, name)).catch(() => undefined);
  }
  return mkdtemp(join(root, `${prefix}${process.pid}-`));
}

/** Where others may write too, only a real folder of this user is what its name says. */
async function removeOwn(folder: string): Promise<void> {
  const found = await lstat(folder);
  if (found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid)) await rm(folder, { recursive: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
