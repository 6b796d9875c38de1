import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The framework's schema in a database, as pg_dump writes it, without what differs from one version of pg_dump to the next. */
export async function dumpFramework(url: string): Promise<string> {
  const { stdout } = await promisify(execFile)('pg_dump', ['--schema-only', '--schema=sallyport', '--no-owner', url]);
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !/^(--|SET |SELECT pg_catalog|\\)/.test(line))
    .join('\n');
}
