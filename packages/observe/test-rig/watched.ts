import { type HardenedOptions, hardened } from '@sallyport/core';
import { FakeClock } from '@sallyport/testkit';
import { pino } from 'pino';
import type { ObservePolicy, Telemetry } from '../src/index.js';
import { type ObserveOptions, observe } from '../src/index.js';

/** A stack that is watched, on a clock of its own, and the lines that were logged. */
export function watched(options: HardenedOptions<ObservePolicy> = {}, own: ObserveOptions = {}) {
  const clock = new FakeClock();
  const texts: string[] = [];
  const log = pino({ level: 'trace' }, { write: (text: string) => void texts.push(text) });
  const telemetry: Telemetry = observe({ log, clock, ...own });
  const stack = hardened({ clock, observe: telemetry, ...options });
  const lines = () => texts.map((text) => JSON.parse(text) as Record<string, unknown>);
  return { clock, telemetry, stack, log, texts, lines };
}

/** What a scrape answers. */
export function scrape({ metrics }: Pick<Telemetry, 'metrics'>): Promise<string> {
  return new Promise((resolve) => {
    const response = { setHeader() {}, end: resolve, statusCode: 200 };
    metrics({} as never, response as never);
  });
}
