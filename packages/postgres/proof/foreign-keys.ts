import { randomUUID } from 'node:crypto';
import type { Effects, HardenedOptions, Principal, Tool, ToolResult } from '@sallyport/core';
import { errorOf, gate, testPrincipal } from '@sallyport/testkit';
import { z } from 'zod';
import type { PostgresFixture } from '../test-rig/shop-on-server.js';
import { asking, shopStack } from '../test-rig/shop-tools.js';

/** How often, and on what. */
export interface ForeignKeysOptions {
  /** Keys for each kind of effect. Every other one is used by the others while its owner's call runs, too. */
  readonly keys: number;
  /** The stack with the bug that must be found. */
  readonly seeded?: HardenedOptions;
}

/** What came of it: of each finding the kind of effect, and what was different about the call. */
export interface ForeignKeysReport {
  readonly calls: number;
  /** Calls that ran although they may not, or more than once. */
  readonly ran: readonly string[];
  /** Calls that were not answered with an effect of their own; of those with other arguments, that were not refused. */
  readonly withheld: readonly string[];
  /** Answers that hold something of what another call was answered. */
  readonly shown: readonly string[];
}

/** What is different about calls with one key. Other arguments are a conflict; all the others have a key of their own. */
const differences = ['none', 'arguments', 'agent', 'issuer', 'tenant', 'tool'] as const;
type Difference = (typeof differences)[number];

const callers: Readonly<Record<Difference, Partial<Principal>>> = {
  none: {},
  arguments: {},
  agent: { subject: 'agent-2' },
  issuer: { issuer: 'https://other.test' },
  tenant: { tenant: 'globex' },
  tool: {},
};
const refusals = ['IDEMPOTENCY_CONFLICT', 'IDEMPOTENCY_IN_PROGRESS'];

/**
 * Uses keys of one agent's calls with other arguments, as another agent, of another issuer, for another tenant and on another
 * tool, on two instances: while the first call runs, and after it was answered. Each execution answers with a text of its own.
 */
export async function useForeignKeys(shop: PostgresFixture, options: ForeignKeysOptions): Promise<ForeignKeysReport> {
  const { keys, seeded = {} } = options;
  const databases = [await shop.open(), await shop.open()];
  const executions: { readonly by: string; readonly text: string }[] = [];
  const [ran, withheld, shown] = [new Set<string>(), new Set<string>(), new Set<string>()];
  let calls = 0;
  let [begun, goOn] = [gate(), gate()];

  const toolsOf = (effects: Effects, name: string): Tool[] =>
    databases.map((database) =>
      shopStack(database, seeded).tool({
        name,
        description: 'Answers with a text of its own.',
        access: 'write',
        effects,
        input: z.object({ key: z.string(), amount: z.number() }),
        async handler({ key, amount }, { principal, tenant, tool }) {
          const different = differences.find(
            (each) =>
              (each === 'arguments' && amount === 2) ||
              (each === 'agent' && principal.subject === callers.agent.subject) ||
              (each === 'issuer' && principal.issuer === callers.issuer.issuer) ||
              (each === 'tenant' && tenant === callers.tenant.tenant) ||
              (each === 'tool' && tool.name === 'refund'),
          );
          const text = randomUUID();
          executions.push({ by: `${key} ${different ?? 'none'}`, text });
          begun.open();
          if (different === undefined) await goOn.promise;
          return text;
        },
      }),
    );

  const judge = (effects: Effects, key: string, difference: Difference, answer: ToolResult): void => {
    const [finding, answered] = [`${effects}: ${difference}`, JSON.stringify(answer)];
    const own = executions.filter(({ by }) => by === `${key} ${difference}`).map(({ text }) => text);
    if (executions.some(({ text }) => !own.includes(text) && answered.includes(text))) shown.add(finding);
    if (own.length > (difference === 'arguments' ? 0 : 1)) ran.add(finding);
    const asItShould =
      difference === 'arguments'
        ? refusals.includes(errorOf(answer)?.code ?? '')
        : own.some((text) => answered.includes(text));
    if (!asItShould) withheld.add(finding);
  };
  const useKeys = async (effects: Effects): Promise<void> => {
    const [pay, refund] = [toolsOf(effects, 'pay'), toolsOf(effects, 'refund')];
    const use = async (key: string, difference: Difference): Promise<void> => {
      calls += 1;
      const tool = (difference === 'tool' ? refund : pay)[calls % 2] as Tool;
      const request = asking('acme', { key, amount: difference === 'arguments' ? 2 : 1 }, key);
      judge(effects, key, difference, await tool.call({ ...request, auth: testPrincipal(callers[difference]) }));
    };
    const [, ...others] = differences;
    for (let n = 0; n < keys; n += 1) {
      const key = `${effects} ${n} ${randomUUID()}`;
      [begun, goOn] = [gate(), gate()];
      if (n % 2 === 0) goOn.open();
      const first = use(key, 'none');
      await (n % 2 === 0 ? first : Promise.race([begun.promise, first]));
      // One after the other: of two calls with one key at a time one may be told that the other runs.
      for (const difference of others) await use(key, difference);
      goOn.open();
      await first;
      for (const difference of differences) await use(key, difference);
    }
  };
  try {
    for (const effects of ['transactional', 'phased', 'natural'] as const) await useKeys(effects);
    return { calls, ran: [...ran], withheld: [...withheld], shown: [...shown] };
  } finally {
    await Promise.all(databases.map((database) => database.close()));
  }
}
