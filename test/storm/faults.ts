import { setTimeout as wait } from 'node:timers/promises';
import type { Fault } from './history.js';
import type { StormFleet } from './storm-fleet.js';

/** Takes something away for a while; resolves to when it was there again. */
type Take = (fleet: StormFleet, round: number, now: () => number) => Promise<number>;

const awayMs = 5_000;
const stalledMs = 10_000;
/** The first instance is never ended: its memory is watched. */
const victim = (round: number): number => 1 + (round % 2);

async function restartAfterKill(fleet: StormFleet, at: number): Promise<void> {
  await fleet.instances[at]?.kill();
  await wait(awayMs);
  await fleet.restart(at);
}

/** What can be taken away, in the order of its turns. */
const faults: Readonly<Record<string, Take>> = {
  'redis stopped (SIGSTOP)': async ({ redis }, _, now) => {
    redis.freeze();
    await wait(stalledMs);
    redis.thaw();
    return now();
  },
  'instance killed (SIGKILL)': async (fleet, round, now) => {
    const at = victim(round);
    await fleet.instances[at]?.kill();
    // The others are there all the time.
    const endedAt = now();
    await wait(awayMs);
    await fleet.restart(at);
    return endedAt;
  },
  'postgres restarted (crash)': async ({ postgres }, _, now) => {
    await postgres.crash();
    await wait(awayMs);
    await postgres.start();
    return now();
  },
  'issuer down, and an instance killed meanwhile': async (fleet, round, now) => {
    await fleet.issuer.stop();
    const restarted = restartAfterKill(fleet, victim(round));
    await wait(stalledMs);
    await fleet.issuer.start();
    const endedAt = now();
    await restarted;
    return endedAt;
  },
  'redis killed, and started again': async ({ redis }, _, now) => {
    await redis.kill();
    await wait(awayMs);
    await redis.start();
    return now();
  },
  'postgres stalled': async ({ wire }, _, now) => {
    wire.stall();
    await wait(stalledMs);
    wire.resume();
    return now();
  },
  'instance restarted (SIGTERM)': async (fleet, round, now) => {
    const at = victim(round);
    await fleet.instances[at]?.stop();
    await fleet.restart(at);
    return now();
  },
};

/** Takes its turn's thing away and gives it back. */
export async function cause(fleet: StormFleet, round: number, now: () => number): Promise<Fault> {
  const kinds = Object.keys(faults);
  const kind = kinds[round % kinds.length] as string;
  const beganAt = now();
  const endedAt = await (faults[kind] as Take)(fleet, Math.floor(round / kinds.length), now);
  return { kind, beganAt, endedAt };
}
