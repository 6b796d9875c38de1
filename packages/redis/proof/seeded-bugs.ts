import { readFileSync } from 'node:fs';
import { type AdmissionScripts, admissionScripts } from '../src/admission-scripts.js';
import type { RedisClient } from '../src/redis-client.js';
import { type Script, scriptOf } from '../src/script.js';

/** What can be wrong with a limiter, each as small scripts beside this file. */
export type Bug = 'client-clock' | 'counter-lease' | 'charge-on-denial' | 'no-admission-id';

/** The scripts of the package, with the bug in them. */
export function buggyScripts(redis: RedisClient, bug: Bug, skewMs = 0): AdmissionScripts {
  const own = admissionScripts(redis);
  const admit = seeded(redis, `admit-${bug}`);
  if (bug === 'client-clock') return { ...own, admit: (keys, args) => admit(keys, [...args, Date.now() + skewMs]) };
  if (bug === 'counter-lease') return { ...own, admit, release: seeded(redis, `release-${bug}`) };
  return { ...own, admit };
}

function seeded(redis: RedisClient, name: string): Script {
  return scriptOf(redis, name, readFileSync(new URL(`./seeded/${name}.lua`, import.meta.url), 'utf8'));
}
