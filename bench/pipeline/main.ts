import { testPrincipal } from '@sallyport/testkit';
import { command } from '../support/command.js';
import { median } from '../support/median.js';
import { timeCalls } from './time-calls.js';
import { budgetedStack, growingStack, refusingTool, watchedStacks, wholeStack } from './variants.js';

const targetUs = 15;
const refusedTargetUs = 200;

interface Result {
  readonly bareUs: number;
  readonly layers: readonly { name: string; applies: boolean; us: number; withAllAboveUs: number }[];
  readonly wholeUs: number;
  readonly targetUs: number;
  readonly met: boolean;
  /** Of a call over its limits: from the call to the error result. */
  readonly refusedUs: number;
  readonly refusedMet: boolean;
  /** On top of the whole. */
  readonly observeUs: { readonly withoutLog: number; readonly withLog: number };
  /** On top of the whole: two budgets; on top of `observe`: usage, without a log and with one. */
  readonly budgetsUs: number;
  readonly usageUs: { readonly withoutLog: number; readonly withLog: number };
}

await command({
  about: 'The CPU time of a call through the stack, in this process: as a whole and by layer.',
  options: {
    calls: [20_000, 'calls of each variant in a round'],
    rounds: [15, 'rounds, the variants in turns; shown are medians'],
  },
  async measure({ calls, rounds }): Promise<Result> {
    const request = {
      input: { text: 'sallyport ', times: 3, upper: true },
      auth: testPrincipal(),
      requestId: '1',
    };
    const grown = growingStack();
    const variants = [...grown, wholeStack(), budgetedStack(), ...watchedStacks()];
    const times = variants.map((): number[] => []);
    // The first round warms everything up and is not kept.
    for (let round = 0; round <= rounds; round++) {
      for (const [index, { tool }] of variants.entries()) {
        const us = await timeCalls(tool, request, calls);
        if (round > 0) times[index]?.push(us);
      }
    }
    const [bareUs = Number.NaN, ...withLayers] = grown.map((_, index) => median(times[index] ?? []));
    const layers = grown.slice(1).map(({ name, tool }, index) => {
      // In the same round, so that what disturbs one disturbs both.
      const differences = (times[index + 1] ?? []).map((us, round) => us - (times[index]?.[round] ?? Number.NaN));
      const applies = Object.hasOwn(tool.facts.policy, name);
      return { name, applies, us: median(differences), withAllAboveUs: withLayers[index] ?? Number.NaN };
    });
    const [whole = [], budgeted = [], unlogged = [], logged = [], counted = [], loggedAndCounted = []] = times.slice(
      grown.length,
    );
    const over = (more: readonly number[], than: readonly number[]) =>
      median(more.map((us, round) => us - (than[round] ?? Number.NaN)));
    const observeUs = { withoutLog: over(unlogged, whole), withLog: over(logged, whole) };
    const usageUs = { withoutLog: over(counted, unlogged), withLog: over(loggedAndCounted, logged) };
    const budgetsUs = over(budgeted, whole);
    const wholeUs = median(whole);
    const refusing = refusingTool();
    await refusing.call(request);
    const refused: number[] = [];
    for (let round = 0; round < rounds; round++) refused.push(await timeCalls(refusing, request, calls, true));
    const refusedUs = median(refused);
    const met = wholeUs <= targetUs;
    const refusedMet = refusedUs <= refusedTargetUs;
    return { bareUs, layers, wholeUs, targetUs, met, refusedUs, refusedMet, observeUs, budgetsUs, usageUs };
  },
  show({ bareUs, layers, wholeUs, met, refusedUs, refusedMet, observeUs, budgetsUs, usageUs }) {
    const row = (name: string, us: number, note = '') => `${name.padEnd(12)}${us.toFixed(2).padStart(8)}${note}\n`;
    return [
      'µs of CPU per call of a read tool, memory stores, limits out of reach; medians\n\n',
      row('(no layer)', bareUs),
      ...layers.map(({ name, us, applies }) =>
        applies ? row(name, us) : `${name.padEnd(12)}       0  does not apply: it is not in the chain\n`,
      ),
      row('hardened()', wholeUs, `  the whole; target ≤ ${targetUs}: ${verdict(met)}`),
      row('refused', refusedUs, `  over its limits; target ≤ ${refusedTargetUs}: ${verdict(refusedMet)}`),
      row('observe', observeUs.withoutLog, '  on top of hardened(), without a log; target ≤ 2'),
      row('with log', observeUs.withLog, '  on top of hardened(), with a line a call; target ≤ 8'),
      row('budgets', budgetsUs, '  on top of hardened(): one for the day and one for the month'),
      row('usage', usageUs.withoutLog, '  on top of observe without a log: the sizes of a call are estimated for it'),
      row('with log', usageUs.withLog, '  on top of observe with a log, which has estimated them'),
    ].join('');
  },
});

function verdict(met: boolean): string {
  return met ? 'met' : 'not met';
}
