import { readFileSync } from 'node:fs';
import { systemClock } from '@sallyport/core';
import type { BudgetsUnderTest } from '@sallyport/testkit';
import { admissionScripts } from '../src/admission-scripts.js';
import { admissionVerbs } from '../src/admission-verbs.js';
import { keyLayout } from '../src/key-layout.js';
import { scriptOf } from '../src/script.js';
import { connected } from './admission-on.js';

let made = 0;

/** An empty store on a server, under a prefix of its own, with a calendar that a test sets: a day is too long to wait for. */
export async function budgetsOn(url: string, admit = admitText()): Promise<BudgetsUnderTest> {
  const redis = await connected(url, 5_000);
  const prefix = `budgets-${process.pid}-${made++}:`;
  let now = 0;
  const server = {
    status: 'ready',
    time: async () => [Math.floor(now / 1_000), (now % 1_000) * 1_000],
    on: () => {},
  };
  const asked = "call('TIME')";
  if (!admit.includes(asked)) throw new Error('admit.lua does not ask for the time in this way any more');
  const told = admit.replace(asked, '{ call("GET", "seconds"), call("GET", "microseconds") }');
  const scripts = { ...admissionScripts(redis), admit: scriptOf(redis, `admit-at-a-set-time-${made}`, told) };
  return {
    store: admissionVerbs({ redis: server, scripts, key: keyLayout(prefix), withinMs: 5_000, clock: systemClock }),
    async setUtc(utcMs) {
      now = utcMs;
      const [seconds = 0, microseconds = 0] = await server.time();
      await redis.mset('seconds', seconds, 'microseconds', microseconds);
    },
    dispose: async () => redis.disconnect(),
  };
}

export function admitText(): string {
  return readFileSync(new URL('../lua/admit.lua', import.meta.url), 'utf8');
}
