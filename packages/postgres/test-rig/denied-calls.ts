import { testPrincipal } from '@sallyport/testkit';
import { z } from 'zod';
import { auditDenials } from '../src/audit/audit-denials.js';
import type { Database } from '../src/database.js';
import { asking, shopStack } from './shop-tools.js';

/**
 * Has a tool `write` refuse fifty calls of globex, and one of nobody's, and the edge one request of globex and three of nobody's, and
 * waits until these denials are in the trail.
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
  denials.onRefusal({ code: 'INSUFFICIENT_SCOPE', principal: testPrincipal({ tenant: 'globex' }) });
  for (let again = 0; again < 3; again += 1) denials.onRefusal({ code: 'UNAUTHENTICATED' });
  await denials.close();
}
