import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@sallyport/core';
import { admissionScripts } from '../src/admission-scripts.js';
import { admissionVerbs } from '../src/admission-verbs.js';
import { keyLayout } from '../src/key-layout.js';
import { connected } from '../test-rig/admission-on.js';
import type { RedisServer } from '../test-rig/redis-server.js';
import type { HolderJob } from './holder.js';
import { leaseOf } from './lease-of.js';
import { type Bug, buggyScripts } from './seeded-bugs.js';
import { startProgram } from './start-program.js';

/** What became of the slots of processes that were killed. */
export interface VanishedHolders {
  readonly held: number;
  /** Admitted while all slots were held by the living, which renewed them for longer than a lease lives. */
  readonly admittedTooMany: number;
  /** From the kill until every slot was taken again, in milliseconds; `undefined` when that did not come. */
  readonly freeAfterMs: number | undefined;
}

/** Fills `leases` slots from `processes` processes, waits longer than a lease lives, kills them all, and takes the slots again. */
export async function killHolders(
  server: RedisServer,
  {
    processes = 4,
    leases = 1_000,
    leaseMs = 1_500,
    bug,
  }: { processes?: number; leases?: number; leaseMs?: number; bug?: Bug } = {},
): Promise<VanishedHolders> {
  const programs = Array.from({ length: processes }, (_, index) => {
    const job: HolderJob = {
      url: server.url,
      index,
      leases: leases / processes,
      limit: leases,
      leaseMs,
      ...(bug && { bug }),
    };
    return startProgram('holder.ts', job);
  });
  const took = await Promise.all(programs.map((program) => once(program, 'message')));
  const held = took.reduce((sum, [count]) => sum + (count as number), 0);

  const redis = await connected(server.url, 2_000);
  const scripts = bug === undefined ? admissionScripts(redis) : buggyScripts(redis, bug);
  const store = admissionVerbs({ redis, scripts, key: keyLayout('held:'), withinMs: 2_000, clock: systemClock });
  let asked = 0;
  const take = async () => (await store.admit(leaseOf(`after ${asked++}`, leases, 600_000))).admitted;
  let admittedTooMany = 0;
  for (const until = performance.now() + 1.5 * leaseMs; performance.now() < until; await sleep(50)) {
    if (await take()) admittedTooMany++;
  }

  const killedAt = performance.now();
  for (const program of programs) program.kill('SIGKILL');
  let taken = admittedTooMany;
  while (taken < leases && performance.now() - killedAt < leaseMs + 5_000) {
    if (await take()) taken++;
    else await sleep(20);
  }
  const freeAfterMs = taken < leases ? undefined : performance.now() - killedAt;
  if (await take()) admittedTooMany++;
  redis.disconnect();
  return { held, admittedTooMany, freeAfterMs };
}
