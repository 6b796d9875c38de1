import { parseArgs } from 'node:util';
import { testPrincipal } from '@sallyport/testkit';
import { median } from '../support/median.js';
import { program } from '../support/program.js';
import { wholeNumber } from '../support/whole-number.js';
import { timeCalls } from './time-calls.js';
import { growingStack, watchedStacks, wholeStack } from './variants.js';

const help = `The cost of a call through the stack, in this process: as a whole and by layer.

  --calls N    calls of each variant in a round (default 20000)
  --rounds N   rounds, the variants in turns; shown are medians (default 15)
  --json       as JSON
  --help       this text
`;

const targetUs = 15;

await program(async () => {
  const { values } = parseArgs({
    options: {
      calls: { type: 'string', default: '20000' },
      rounds: { type: 'string', default: '15' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const calls = wholeNumber('calls', values.calls);
  const rounds = wholeNumber('rounds', values.rounds);
  const request = {
    input: { text: 'sallyport ', times: 3, upper: true },
    auth: testPrincipal(),
    requestId: '1',
  };
  const grown = growingStack();
  const variants = [...grown, wholeStack(), ...watchedStacks()];
  const times = variants.map((): number[] => []);
  // The first round warms everything up and is not kept.
  for (let round = 0; round <= rounds; round++) {
    for (const [index, { tool }] of variants.entries()) {
      const us = await timeCalls(tool, request, calls);
      if (round > 0) times[index]?.push(us);
    }
  }
  const [bare = Number.NaN, ...withLayers] = grown.map((_, index) => median(times[index] ?? []));
  const layers = grown.slice(1).map(({ name, tool }, index) => {
    const applies = Object.hasOwn(tool.facts.policy, name);
    // In the same round, so that what disturbs one disturbs both.
    const differences = (times[index + 1] ?? []).map((us, round) => us - (times[index]?.[round] ?? Number.NaN));
    return { name, applies, us: median(differences), withAllAboveUs: withLayers[index] ?? Number.NaN };
  });
  const [whole = [], unlogged = [], logged = []] = times.slice(grown.length);
  const over = (watched: readonly number[]) => median(watched.map((us, round) => us - (whole[round] ?? Number.NaN)));
  const observeUs = { withoutLog: over(unlogged), withLog: over(logged) };
  const wholeUs = median(whole);
  const result = { bareUs: bare, layers, wholeUs, targetUs, met: wholeUs <= targetUs, observeUs };
  process.stdout.write(values.json ? `${JSON.stringify(result, undefined, 2)}\n` : table(result));
});

interface Result {
  readonly bareUs: number;
  readonly layers: readonly { name: string; applies: boolean; us: number; withAllAboveUs: number }[];
  readonly wholeUs: number;
  readonly met: boolean;
  readonly observeUs: { readonly withoutLog: number; readonly withLog: number };
}

function table({ bareUs, layers, wholeUs, met, observeUs }: Result): string {
  const row = (name: string, us: number, note = '') => `${name.padEnd(12)}${us.toFixed(2).padStart(8)}${note}\n`;
  return [
    'µs per call of a read tool, memory stores, limits out of reach; medians\n\n',
    row('(no layer)', bareUs),
    ...layers.map(({ name, us, applies }) => row(name, us, applies ? '' : '  does not apply: it is not in the chain')),
    row('hardened()', wholeUs, `  the whole; target ≤ ${targetUs}: ${met ? 'met' : 'not met'}`),
    row('observe', observeUs.withoutLog, '  on top of it, without a log; target ≤ 2'),
    row('with log', observeUs.withLog, '  on top of it, with a line a call; target ≤ 8'),
  ].join('');
}
