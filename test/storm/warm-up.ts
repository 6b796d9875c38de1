import { callOnce } from './call.js';
import { invoice, refund, type Step } from './callers.js';
import type { StormFleet } from './storm-fleet.js';

const rounds = 5;

/** Has every instance do everything a few times, so that what is measured after it is not the compiling. */
export async function warmUp(fleet: StormFleet): Promise<void> {
  const who = { tenant: 'acme', agent: 'early', token: '' };
  const token = await fleet.issuer.mint({ ...who, plan: 'load' });
  await Promise.all(
    fleet.instances.map(async ({ port }) => {
      for (let round = 0; round < rounds; round++) {
        const operation = `acme early ${port} ${round}`;
        const steps: Step[] = [
          { tool: 'list_tables' },
          { tool: 'list_invoices' },
          { tool: 'run_query', args: { sql: 'select 1 as one' } },
          { tool: 'slow_report', args: { seconds: 0 } },
          { tool: 'hold_connection', args: { seconds: 0 } },
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
