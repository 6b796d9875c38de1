import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@sallyport/core';
import { admissionScripts } from '../src/admission-scripts.js';
import { admissionVerbs } from '../src/admission-verbs.js';
import { keyLayout } from '../src/key-layout.js';
import { connected } from '../test-rig/admission-on.js';
import type { HistoryJob } from './record-history.js';
import type { Recorded } from './recorded.js';
import { buggyScripts } from './seeded-bugs.js';
import { type Ask, arrivals, requestOf } from './workload.js';

const job = JSON.parse(process.argv[2] ?? '') as HistoryJob;
const { url, index, skewMs, bug, prefix, file, workload } = job;
const redis = await connected(url, 2_000);
const store = admissionVerbs({
  redis,
  scripts: bug === undefined ? admissionScripts(redis) : buggyScripts(redis, bug, skewMs),
  key: keyLayout(prefix),
  withinMs: 2_000,
  // What this process believes the time to be: minutes away from what it is.
  clock: { ...systemClock, now: () => systemClock.now() + skewMs },
});
const out = createWriteStream(file);
const machineNow = () => performance.timeOrigin + performance.now();
/** As many calls as a busy machine lets a process have open; the rest come late. */
const maxOpen = 50;
const open = new Set<Promise<void>>();
let asked = 0;

async function call(ask: Ask): Promise<void> {
  const sentMs = machineNow();
  const decided = await store.admit(requestOf(ask, workload, `${index}.${asked++}`)).catch(() => undefined);
  const { admitted, atMs } = decided ?? { admitted: null, atMs: sentMs };
  const record: Recorded = { ...ask, admitted, atMs, sentMs, receivedMs: machineNow() };
  out.write(`${JSON.stringify(record)}\n`);
}

process.send?.('ready');
await once(process, 'message');
const startedAt = performance.now();
for (const { atMs, asks } of arrivals(index, workload)) {
  if (performance.now() - startedAt > workload.forMs) break;
  const early = startedAt + atMs - performance.now();
  if (early > 1) await sleep(early);
  for (const ask of asks) {
    if (open.size >= maxOpen) await Promise.race(open);
    const pending: Promise<void> = call(ask).finally(() => open.delete(pending));
    open.add(pending);
  }
}
await Promise.all(open);
out.end();
await once(out, 'close');
redis.disconnect();
process.disconnect();
