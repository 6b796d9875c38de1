import { callOnce } from './call.js';
import { invoice, refund, type Step } from './callers.js';
import type { StormFleet } from './storm-fleet.js';

const rounds = 5;
/** Shedding compares calls with what is usual for their tool, and learns that from the first ten. */
const usualHoldSeconds = 2;
const enough = 12;

/** Has every instance do everything a few times, so that what is measured after it is not the compiling. */
export async function warmUp(fleet: StormFleet): Promise<void> {
  const who = { tenant: 'acme', agent: 'early', token: '' };
  const token = await fleet.issuer.mint({ ...who, plan: 'load' });
  await Promise.all(
    fleet.instances.map(async ({ port }) => {
      const hold = { tool: 'hold_connection', args: { seconds: usualHoldSeconds }, token };
      await Promise.all(Array.from({ length: enough }, () => callOnce(`http://127.0.0.1:${port}`, hold, false)));
      for (let round = 0; round < rounds; round++) {
        const operation = `acme early ${port} ${round}`;
        const steps: Step[] = [
          { tool: 'list_tables' },
          { tool: 'list_invoices' },
          { tool: 'run_query', args: { sql: 'select 1 as one' } },
          { tool: 'slow_report', args: { seconds: 0 } },
          invoice(who, operation),
          refund(who, operation, () => 0),
        ];
        for (const step of steps) {
          for (const era of ['2025', '2026'] as const) {
            await callOnce(`http://127.0.0.1:${port}`, { ...step, token, era }, false);
          }
        }
      }
    }),
  );
}
