import { setTimeout as sleep } from 'node:timers/promises';
import { mostInWindow, randomFrom } from '@sallyport/testkit';
import type { Windows } from './contender.js';
import { contenders } from './contenders.js';

/** What a contender let through of the same trace. */
export interface Accuracy {
  readonly id: string;
  readonly asked: number;
  readonly admitted: number;
  /** The most admitted in any rolling short window, as a part of its limit. */
  readonly worstShort: number;
  /** Likewise of the long one. */
  readonly worstLong: number;
}

const tight: Windows = { shortSeconds: 2, shortLimit: 100, longSeconds: 10, longLimit: 300 };
/** Replies do not say when they were decided: windows are taken this much shorter, in favour of everybody. */
const slackMs = 20;

/** Sends every contender the same calls at the same times: bursts of more than a window holds, and trickles. */
export async function measureAccuracy(url: string, seconds: number, seed = 7): Promise<Accuracy[]> {
  const random = randomFrom(seed);
  const limiters = await Promise.all(
    contenders.map(async ({ id, open }) => ({
      id,
      limiter: await open(url, `accuracy-${id}:`, tight),
      admitted: [] as { atMs: number; units: number }[],
    })),
  );
  let asked = 0;
  for (const until = performance.now() + seconds * 1_000; performance.now() < until; ) {
    const burst = random() < 0.3 ? 150 : Math.ceil(random() * 5);
    asked += burst;
    await Promise.all(
      limiters.map(({ limiter, admitted }) =>
        Promise.all(
          Array.from({ length: burst }, async () => {
            if (await limiter.decide('caller')) admitted.push({ atMs: performance.now(), units: 1 });
          }),
        ),
      ),
    );
    await sleep(random() * 700);
  }
  return limiters.map(({ id, limiter, admitted }) => {
    limiter.close();
    return {
      id,
      asked,
      admitted: admitted.length,
      worstShort: mostInWindow(admitted, tight.shortSeconds * 1_000 - slackMs) / tight.shortLimit,
      worstLong: mostInWindow(admitted, tight.longSeconds * 1_000 - slackMs) / tight.longLimit,
    };
  });
}
