import { testPrincipal } from '@sallyport/testkit';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { explain, explainFor } from './explain.js';
import { hardened } from './hardened.js';
import type { Principal } from './principal.js';

const perMinute: Readonly<Record<string, number>> = { free: 10, pro: 500 };
const limitsOf = ({ plan = 'free' }: Principal) => {
  if (perMinute[plan] === undefined) throw new RangeError(`${plan} is no plan`);
  return { perMinute: perMinute[plan] };
};
const report = hardened({
  agentLimits: limitsOf,
  tenantLimits: { perHour: 9_000 },
  shed: { priorityOf: ({ plan }) => (plan === 'pro' ? 'critical' : 'batch') },
}).tool({
  name: 'report',
  description: 'Reports.',
  owner: 'data team',
  access: 'read',
  limits: (principal) => ({ perMinute: limitsOf(principal).perMinute / 5, cost: 2 }),
  input: z.object({}),
  handler: () => 'x',
});
const of = (layer: string, principal?: Principal) =>
  (principal === undefined ? explain(report) : explainFor(report, principal)).layers.find(({ name }) => name === layer)
    ?.policy;

test('without a caller, what depends on the caller says so', () => {
  expect(of('admit')).toMatchObject({ agent: 'by principal', agentAndTool: 'by principal', cost: 'by principal' });
  expect(of('shed')).toMatchObject({ priority: 'by principal' });
});

test('with a caller, its limits and its priority are said', () => {
  const pro = testPrincipal({ plan: 'pro' });
  expect(of('admit', pro)).toEqual({
    agent: { perMinute: 500 },
    tenant: { perHour: 9_000 },
    agentAndTool: { perMinute: 100 },
    cost: 2,
    whenUnreachable: 'local',
  });
  expect(of('shed', pro)).toMatchObject({ priority: 'critical' });
  expect(of('admit', testPrincipal({ plan: 'free' }))).toMatchObject({ agent: { perMinute: 10 } });
  expect(of('deadline', pro)).toEqual(of('deadline'));
});

test('a plan that nobody knows is no answer but the error of who decides', () => {
  expect(() => explainFor(report, testPrincipal({ plan: 'gold' }))).toThrow('gold is no plan');
});

test('limits that nobody declared do not appear', () => {
  const plain = hardened().tool({
    name: 'plain',
    description: 'x',
    access: 'read',
    input: z.object({}),
    handler: () => 'x',
  });
  expect(explainFor(plain, testPrincipal())).toEqual(explain(plain));
});

test('who owns a tool is a fact, and must be a text', () => {
  expect(report.facts.owner).toBe('data team');
  const spec = { name: 'x', description: 'x', access: 'read', input: z.object({}), handler: () => 'x' } as const;
  expect(() => hardened().tool({ ...spec, owner: 7 as never })).toThrow('owner');
});

test('what is no tool is said to be none', () => {
  expect(() => explain({} as never)).toThrow(new TypeError('explain: this is no tool: make it with stack.tool({ … })'));
  expect(() => explain(undefined as never)).toThrow('explain: this is no tool');
  expect(() => explainFor({} as never, testPrincipal())).toThrow('explainFor: this is no tool');
});
