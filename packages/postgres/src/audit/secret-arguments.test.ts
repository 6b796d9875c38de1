import { createHmac, randomUUID } from 'node:crypto';
import { createStack, PolicyError } from '@sallyport/core';
import { errorOf } from '@sallyport/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { entriesIn } from '../../test-rig/audit-entries.js';
import { auditedTool, secretKey } from '../../test-rig/audited-tool.js';
import { onEveryDatabase } from '../../test-rig/kinds-of-database.js';
import { madeArguments } from '../../test-rig/made-arguments.js';
import { asking, type ShopCall, shopStack } from '../../test-rig/shop-tools.js';
import { auditTrail } from './audit-trail.js';

test('a tool that declares secrets needs a key, and a key must be long', () => {
  expect(() => auditTrail({ secretKey: 'short' })).toThrow(RangeError);
  const stack = createStack().use(auditTrail() as never) as never as ReturnType<typeof createStack>;
  const facts = {
    name: 'pay',
    kind: 'tool',
    access: 'write',
    effects: 'natural',
    secret: ['card'],
    inputSchema: { type: 'object', properties: { card: {} } },
  } as const;
  expect(() => stack.wrap(facts as never, async () => ({ content: [] }))).toThrow(PolicyError);
});

onEveryDatabase((shop) => {
  const entriesOf = entriesIn(shop);

  test('arguments of which a schema makes what is no JSON are kept as they were sent, and so are those with secrets', async () => {
    const dated = (secret: readonly string[]) =>
      shopStack(shop.current)
        .use(auditTrail({ secretKey }))
        .tool({
          name: `book_${secret.length}`,
          description: 'Books.',
          access: 'write',
          effects: 'transactional',
          secret: [...secret],
          input: z.object({ memo: z.string(), day: z.iso.date().transform((text) => new Date(text)) }),
          handler: ({ day }) => day.toISOString(),
        });
    for (const secret of [[], ['memo']])
      expect(errorOf(await dated(secret).call(asking('acme', { memo: 'dated', day: '2026-11-26' })))).toBeUndefined();
    const entries = await shop.admin(
      "select entry::jsonb -> 'arguments' as told from sallyport.audit_entries where entry like '%book\\_%' order by id",
    );
    expect(entries).toEqual([
      { told: { memo: 'dated', day: '2026-11-26' } },
      { told: { memo: expect.stringMatching(/^hmac-sha256:/), day: '2026-11-26' } },
    ]);
  });

  test('a path that leads to nothing is refused, with the property that was meant', () => {
    const stack = shopStack(shop.current).use(auditTrail({ secretKey }));
    const input = z.object({ customer: z.object({ card: z.string() }), items: z.array(z.object({ ssn: z.string() })) });
    const declare = (secret: string[]) =>
      stack.tool({
        name: 'pay',
        description: 'Pays.',
        access: 'write',
        effects: 'natural',
        secret,
        input,
        handler: () => 'x',
      });
    expect(() => declare(['customer.crad'])).toThrow(
      'Tool "pay": secret has the path "customer.crad", which leads to nothing in the input: the nearest property is "customer.card"',
    );
    expect(() => declare(['items.ssn'])).toThrow(/nearest property is "items\.\*\.ssn"/);
    expect(declare(['customer.card', 'items.*.ssn', 'items.0.ssn', '*.card']).facts.policy.audit).toBeDefined();
  });

  test('of generated tools and calls, no secret is in any entry in clear', { timeout: 60_000 }, async () => {
    const stack = shopStack(shop.current).use(auditTrail({ secretKey, maxArgumentsLength: 100_000 }));
    const kinds = fc.constantFrom('natural' as const, 'phased' as const, 'transactional' as const);
    await fc.assert(
      fc.asyncProperty(madeArguments, kinds, async ({ schema: input, sent, paths: secret }, effects) => {
        const made = stack.tool({
          ...{ name: 'made', description: 'Made.', access: 'write', effects, secret, input },
          handler: () => 'done',
        });
        expect(errorOf(await made.call(asking('acme', { ...sent, Root: sent.root }, randomUUID())))).toBeUndefined();
      }),
      { numRuns: 100 },
    );
    const entries = await shop.admin('select entry from sallyport.audit_entries where entry like \'%"tool":"made"%\'');
    const text = JSON.stringify(entries);
    expect(entries.length).toBeGreaterThanOrEqual(100);
    expect(text).toMatch(/hmac-sha256/);
    expect(text).not.toMatch(/secret-/);
  });

  test('an answer does not let secrets be tried out by who has no key, and they make no key', async () => {
    const paid = ({ input }: ShopCall) => `paid with ${(input as { card: string }).card}`;
    const answer = await auditedTool(shop.current, paid, 'natural').call(
      asking('acme', { memo: 'six', card: 'pan 1' }),
    );
    const hmac = createHmac('sha256', secretKey)
      .update(JSON.stringify(JSON.stringify(answer)))
      .digest('hex');
    expect(await entriesOf('six')).toMatchObject([{ resultHash: `hmac-sha256:${hmac}` }]);
    const byArguments = () =>
      shopStack(shop.current)
        .use(auditTrail({ secretKey }))
        .tool({
          name: 'pay',
          description: 'Pays.',
          access: 'write',
          effects: 'natural',
          idempotencyKey: { fallbackMs: 60_000 },
          secret: ['card'],
          input: z.object({ card: z.string() }),
          handler: () => 'paid',
        });
    expect(byArguments).toThrow(PolicyError);
  });

  test('secrets are recognisable and unreadable, and long arguments are a hash', async () => {
    const pay = auditedTool(shop.current, () => 'paid', 'natural');
    const people = [{ name: 'Ada Lovelace', age: 36 }];
    await pay.call(asking('acme', { memo: 'five', card: 'pan 4242', people }));
    await pay.call(asking('acme', { memo: 'five', card: 'pan 4242', people: null }));
    const entries = await entriesOf('five');
    const [{ arguments: first } = {}, { arguments: second } = {}] = entries as {
      arguments?: Record<string, unknown>;
    }[];
    expect(first?.card).toMatch(/^hmac-sha256:[0-9a-f]{64}$/);
    expect(first?.card).toBe(second?.card);
    expect(first?.people).toEqual([{ name: expect.stringMatching(/^hmac/), age: 36 }]);
    await pay.call(asking('acme', { memo: 'x'.repeat(500) }));
    const all = await shop.admin('select entry from sallyport.audit_entries');
    expect(JSON.stringify(all)).not.toMatch(/pan 4242|Lovelace|xxxxx/);
    expect(JSON.stringify(all)).toMatch(/argumentsHash/);
  });
});
