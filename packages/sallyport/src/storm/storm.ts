import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '@sallyport/core';
import { assertScenario } from './assert-scenario.js';
import { type DriveOptions, drive } from './drive.js';
import { type Progress, StormRecord } from './record.js';
import type { StormReport } from './report.js';
import type { Scenario } from './scenario.js';
import type { Seen } from './seen.js';
import type { Transport } from './transport.js';

/** What a storm takes beside its scenario. */
export interface StormOptions {
  /** Aborting it ends the storm early; the report is of what was seen until then. */
  readonly signal?: AbortSignal;
  /** Told of each call that has ended. */
  readonly onCall?: (seen: Seen) => void;
  /** Told once, when the agents are let loose, how to ask how the storm stands. */
  readonly onStart?: (progress: () => Progress) => void;
  /** Begins every idempotency key. Default: a new one for each storm. */
  readonly keyPrefix?: string;
  /** Default: the monotonic clock of the system. */
  readonly clock?: Clock;
}

/** A timer that keeps the process alive while those of the clock do not. */
const longestMs = 2 ** 31 - 1;

/**
 * Runs a storm and reports what it saw. Bounded: in time by the scenario's `durationMs` and `callTimeoutMs`, in calls by its `maxCalls`.
 * Closes the transport. Throws a `RangeError` for a scenario that cannot be run.
 *
 * @example
 * ```ts
 * import { httpTransport, planAgents, storm } from 'sallyport/storm';
 *
 * const agents = planAgents({
 *   mix: { patient: 8, rogue: 1 },
 *   count: 9,
 *   callers: [{ tenant: 'acme', subject: 'agent-1', token: 'ey…' }],
 *   operations: () => ({ tool: 'list_tables', arguments: {} }),
 * });
 * const bounds = { seed: 1, durationMs: 10_000, maxCalls: 10_000, maxOpenPerAgent: 64, callTimeoutMs: 30_000 };
 * const { totals } = await storm({ ...bounds, agents }, httpTransport('http://127.0.0.1:3000/mcp'));
 * ```
 */
export async function storm(
  scenario: Scenario,
  transport: Transport,
  { signal, onCall, onStart, keyPrefix = randomUUID(), clock = systemClock }: StormOptions = {},
): Promise<StormReport> {
  assertScenario(scenario);
  const alive = setInterval(() => {}, longestMs);
  try {
    await transport.open(scenario.agents, signal ?? new AbortController().signal);
    const startedAt = new Date().toISOString();
    const startMs = clock.now();
    const record = new StormRecord(scenario, () => clock.now() - startMs);
    onStart?.(() => record.progress());
    const options: DriveOptions = { clock, keyPrefix, ...(signal === undefined ? {} : { signal }) };
    const watcher = {
      sent: record.sent.bind(record),
      heldBack: record.heldBack.bind(record),
      unsent: record.unsent.bind(record),
      ended: (seen: Seen) => {
        record.ended(seen);
        onCall?.(seen);
      },
    };
    const ended = await drive(scenario, transport, watcher, options);
    return record.report(ended, transport.target, startedAt);
  } finally {
    clearInterval(alive);
    transport.close();
  }
}
