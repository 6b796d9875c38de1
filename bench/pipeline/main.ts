import { loadavg } from 'node:os';
import { testPrincipal } from '@sallyport/testkit';
import { command } from '../support/command.js';
import { type Machine, machine } from '../support/machine.js';
import { median } from '../support/median.js';
import { versions } from '../support/versions.js';
import type { Measured } from './measured.js';
import { type Target, targets } from './targets.js';
import { timeCalls } from './time-calls.js';
import { turnedAway } from './turned-away.js';
import { budgetedStack, growingStack, refusingTool, sheddingTool, watchedStacks, wholeStack } from './variants.js';

interface Report extends Measured {
  readonly date: string;
  readonly machine: Machine;
  /** Of the minute before it began, and of that in which it ended: others that want the cores make everything dearer. */
  readonly loadAverage: readonly [before: number, after: number];
  readonly versions: Readonly<Record<string, string>>;
  readonly targets: readonly Target[];
}

await command({
  about: 'The CPU time of a call through the stack, in this process: as a whole and by layer.',
  options: {
    calls: [20_000, 'calls of each variant in a round'],
    rounds: [15, 'rounds, the variants in turns; shown are medians'],
  },
  async measure({ calls, rounds }): Promise<Report> {
    const [before = Number.NaN] = loadavg();
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
    const rounded = async (time: () => Promise<number>) => {
      await time();
      const us: number[] = [];
      for (let round = 0; round < rounds; round++) us.push(await time());
      return median(us);
    };
    const [refusing, shedding] = [refusingTool(), sheddingTool(request)];
    await refusing.call(request);
    const refusedUs = await rounded(() => timeCalls(refusing, request, calls, true));
    const shedUs = await rounded(() => timeCalls(shedding, request, calls, true));
    // Its connection would not outlive the rounds before, in which the event loop never turns.
    const edge = await turnedAway();
    const turnedAwayUs = await rounded(() => edge.time(Math.ceil(calls / 10)));
    await edge.close();
    const measured = { bareUs, layers, wholeUs, refusedUs, shedUs, turnedAwayUs, observeUs, budgetsUs, usageUs };
    return {
      date: new Date().toISOString().slice(0, 10),
      machine: machine(),
      loadAverage: [before, loadavg()[0] ?? Number.NaN],
      versions: versions(),
      ...measured,
      targets: targets(measured),
    };
  },
  show({ machine, loadAverage, versions, bareUs, layers, observeUs, budgetsUs, usageUs, targets, ...measured }) {
    const row = (name: string, us: number, note = '') => `${name.padEnd(12)}${us.toFixed(2).padStart(8)}${note}\n`;
    const { cores, cpu, platform, node } = machine;
    return [
      `${cores} cores (${cpu}), ${platform}, Node ${node}, Sallyport ${versions.sallyport}; `,
      `load average ${loadAverage.map((load) => load.toFixed(1)).join(' before, ')} after\n\n`,
      'µs of CPU per call of a read tool, memory stores, limits out of reach; medians\n\n',
      row('(no layer)', bareUs),
      ...layers.map(({ name, us, applies }) =>
        applies ? row(name, us) : `${name.padEnd(12)}       0  does not apply: it is not in the chain\n`,
      ),
      row('hardened()', measured.wholeUs, '  the whole'),
      row('observe', observeUs.withoutLog, '  on top of hardened(), without a log'),
      row('with log', observeUs.withLog, '  on top of hardened(), with a line a call'),
      row('budgets', budgetsUs, '  on top of hardened(): one for the day and one for the month'),
      row('usage', usageUs.withoutLog, '  on top of observe without a log: the sizes of a call are estimated for it'),
      row('with log', usageUs.withLog, '  on top of observe with a log, which has estimated them'),
      row('over limits', measured.refusedUs, '  refused by admit'),
      row('no room', measured.shedUs, '  refused by shed'),
      row('429', measured.turnedAwayUs, '  refused by the edge, over HTTP'),
      '\ntargets, µs of CPU\n\n',
      ...targets.map(
        ({ what, wantedUs, gotUs, met }) =>
          `${what.padEnd(67)}≤ ${`${wantedUs}`.padStart(3)}${gotUs.toFixed(2).padStart(9)}  ${met ? 'met' : 'not met'}\n`,
      ),
    ].join('');
  },
});
