import { z } from 'zod';
import { auditTrail } from '../src/audit/audit-trail.js';
import type { Database } from '../src/database.js';
import { type ShopCall, shopStack } from './shop-tools.js';

/** The key of the HMACs in the tests. */
export const secretKey = 'a key of the tests, which is long enough';

/** A write that is audited, with arguments that are secret, and does what the test wants. */
export function auditedTool(
  database: Database,
  then: (call: ShopCall) => unknown,
  effects: 'natural' | 'phased' | 'transactional' = 'transactional',
) {
  return shopStack(database)
    .use(auditTrail({ secretKey, maxArgumentsLength: 400 }))
    .tool({
      name: 'pay',
      description: 'Pays.',
      access: 'write',
      effects,
      secret: ['card', 'people.*.name'],
      input: z.object({ memo: z.string(), card: z.string().optional(), people: z.unknown().optional() }),
      handler: (_input, call) => then(call),
    });
}
