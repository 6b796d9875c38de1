import { type AdmissionRequest, systemClock } from '@sallyport/core';
import { admissionScripts } from '../src/admission-scripts.js';
import { admissionVerbs } from '../src/admission-verbs.js';
import { keyLayout } from '../src/key-layout.js';
import { connected } from '../test-rig/admission-on.js';
import { leaseOf } from './lease-of.js';
import { type Bug, buggyScripts } from './seeded-bugs.js';

/** What a holder is told to do: take leases, renew them, and wait to be killed. */
export interface HolderJob {
  readonly url: string;
  readonly index: number;
  readonly leases: number;
  readonly limit: number;
  readonly leaseMs: number;
  readonly bug?: Bug;
}

const { url, index, leases, limit, leaseMs, bug } = JSON.parse(process.argv[2] ?? '') as HolderJob;
const redis = await connected(url, 2_000);
const scripts = bug === undefined ? admissionScripts(redis) : buggyScripts(redis, bug);
const store = admissionVerbs({ redis, scripts, key: keyLayout('held:'), withinMs: 2_000, clock: systemClock });
const held: AdmissionRequest[] = [];
for (let lease = 0; lease < leases; lease++) {
  const request = leaseOf(`${index}.${lease}`, limit, leaseMs);
  if ((await store.admit(request)).admitted) held.push(request);
}
setInterval(() => {
  for (const request of held) void store.renew(request).catch(() => {});
}, leaseMs / 3);
process.send?.(held.length);
