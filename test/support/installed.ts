import { spawnSync } from 'node:child_process';

/** Whether programs of these names are installed. Without one, what needs it is skipped, loudly; in CI that is a failure. */
export function installed(...programs: readonly string[]): boolean {
  const missing = programs.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
  if (missing.length === 0) return true;
  const hint = `apt-get install ${missing.map((name) => packages[name] ?? name).join(' ')}`;
  if (process.env.CI === 'true') throw new Error(`CI needs ${missing.join(' and ')} (${hint})`);
  console.error(`\n*** SKIPPED: ${missing.join(' and ')} not installed (${hint}) ***\n`);
  return false;
}

const packages: Readonly<Record<string, string>> = {
  nginx: 'nginx-light',
  promtool: 'prometheus',
  'redis-server': 'redis-server',
  pg_createcluster: 'postgresql',
};
