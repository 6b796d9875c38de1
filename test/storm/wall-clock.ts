import { callOnce, keptConnections } from './call.js';
import type { StormFleet } from './storm-fleet.js';

/** Writes: while Redis does not decide they are refused, so there is one count of them only. */
const args = { customer_id: 1, amount_cents: 1, currency: 'EUR' };

/** What a limit and a deadline did while the time of day jumped. */
export interface ClockFigures {
  /** Admitted of one agent's 60 a minute. */
  readonly admitted: number;
  readonly codes: Readonly<Record<string, number>>;
  /** How long a call took that was given a second. */
  readonly deadlineMs: readonly number[];
}

const hourMs = 3_600_000;
const calls = 150;
const lanes = 3;

/** One agent hammers, and a slow report runs, while the time of day of each instance jumps an hour forward and back. */
export async function steppedClock(fleet: StormFleet, agent: string): Promise<ClockFigures> {
  const http = keptConnections();
  const token = await fleet.issuer.mint({ tenant: 'acme', agent });
  const slow = await fleet.issuer.mint({ tenant: 'acme', agent: `${agent} waits` });
  const codes: Record<string, number> = {};
  const step = (byMs: number) => Promise.all(fleet.instances.map((each) => each.tell({ stepWallClockMs: byMs })));
  let left = calls;
  const hammer = async (): Promise<void> => {
    while (left-- > 0) {
      const { code } = await callOnce(fleet.nginx.origin, { token, tool: 'create_invoice', args }, http);
      codes[code] = (codes[code] ?? 0) + 1;
    }
  };
  const deadlineMs: number[] = [];
  const jump = async (): Promise<void> => {
    for (const byMs of [hourMs, -hourMs, 0]) {
      const waiting = callOnce(
        fleet.nginx.origin,
        { token: slow, tool: 'slow_report', args: { seconds: 5 }, timeoutMs: 1_000 },
        http,
      );
      await step(byMs);
      const { code, tookMs } = await waiting;
      deadlineMs.push(code === 'TOOL_TIMEOUT' ? tookMs : Number.NaN);
    }
  };
  try {
    await Promise.all([...Array.from({ length: lanes }, hammer), jump()]);
  } finally {
    await step(0);
    http.destroy();
  }
  return { admitted: codes.ok ?? 0, codes, deadlineMs };
}
