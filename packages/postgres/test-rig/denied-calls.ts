import { z } from 'zod';
import { auditDenials } from '../src/audit/audit-denials.js';
import type { Database } from '../src/database.js';
import { asking, shopStack } from './shop-tools.js';

/**
 * Has a tool `write` refuse fifty calls of globex, and one of nobody's, and waits until both denials are in the trail.
 */
export async function denyCalls(database: Database): Promise<void> {
  const denials = auditDenials(database, () => {}, { everyMs: 60_000 });
  const write = shopStack(database, { report: denials.report }).tool({
    name: 'write',
    description: 'Writes.',
    access: 'admin',
    effects: 'natural',
    input: z.object({}),
    handler: () => 'done',
  });
  await Promise.all(Array.from({ length: 50 }, () => write.call(asking('globex', { secret: 'never kept' }))));
  await write.call({ input: {} });
  await denials.close();
}
