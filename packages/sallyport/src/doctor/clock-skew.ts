import type { Finding, Findings } from './finding.js';

/** As far as tokens may be off by default. */
const tolerableMs = 5_000;

/** A question to a clock, as this machine saw it. All in Unix milliseconds. */
export interface ClockReading {
  readonly askedAt: number;
  readonly answeredAt: number;
  /** What the other said meanwhile. */
  readonly saidAt: number;
  /** How coarse the other's clock is: 1,000 for the Date header of HTTP. Default 0. */
  readonly resolutionMs?: number;
}

/** Whether a clock and that of this machine differ by more than a verifier of tokens tolerates, whatever the answer took. */
export function clockSkew(
  { ok, error }: Findings,
  whose: string,
  { askedAt, answeredAt, saidAt, resolutionMs = 0 }: ClockReading,
): Finding {
  const behind = askedAt - (saidAt + resolutionMs);
  const ahead = saidAt - answeredAt;
  const ms = Math.max(behind, ahead, 0);
  if (ms <= tolerableMs) return ok(`the clock of ${whose} agrees with that of this machine`);
  const side = behind > ahead ? 'behind' : 'ahead of';
  return error(
    `the clock of ${whose} is ${Math.round(ms / 1_000)} s ${side} that of this machine`,
    'synchronise both by NTP: tokens count as expired, or as not valid yet, and revocations end at another time',
  );
}
