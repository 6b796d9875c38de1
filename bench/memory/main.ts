import { parseArgs } from 'node:util';
import { buildPackages } from '../support/build-packages.js';
import { program } from '../support/program.js';
import { wholeNumber } from '../support/whole-number.js';
import { measure } from './measure.js';
import type { Sample } from './sample.js';

const help = `Memory over many calls of many agents through the stack, against a program without it.

  --calls N    default 1000000
  --agents N   default 100000
  --json       as JSON
  --help       this text
`;

const rssTarget = 1.5;
/** The second half of the calls against the first: what is bounded may go up and down, what leaks doubles. */
const flatTarget = 1.1;

await program(async () => {
  const { values } = parseArgs({
    options: {
      calls: { type: 'string', default: '1000000' },
      agents: { type: 'string', default: '100000' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const calls = wholeNumber('calls', values.calls);
  const agents = wholeNumber('agents', values.agents);
  buildPackages();
  const args = [String(calls), String(agents)];
  const floor = await measure('floor.ts', args);
  const stacks = [
    { name: 'hardened(), defaults', samples: await measure('stack.ts', args) },
    { name: 'hardened(), counters for all agents', samples: await measure('stack.ts', [...args, '--room']) },
  ];
  const floorRss = highest(floor);
  const judged = stacks.map(({ name, samples }) => {
    const heaps = samples.map(({ heapBytes }) => heapBytes);
    const half = Math.ceil(heaps.length / 2);
    const growth = Math.max(...heaps.slice(half)) / Math.max(...heaps.slice(0, half));
    return { name, samples, growth, rssRatio: highest(samples) / floorRss };
  });
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ calls, agents, floor, stacks: judged }, undefined, 2)}\n`);
    return;
  }
  process.stdout.write(`${calls} calls of ${agents} agents; MiB\n\n${table('floor', floor)}`);
  for (const { name, samples, growth, rssRatio } of judged) {
    process.stdout.write(table(name, samples));
    process.stdout.write(
      `  heap, highest of the second half against the first: ${growth.toFixed(3)}, ${verdict(growth, flatTarget)}\n`,
    );
    process.stdout.write(
      `  RSS, highest against the floor's: ${rssRatio.toFixed(2)}, ${verdict(rssRatio, rssTarget)}\n\n`,
    );
  }
});

function highest(samples: readonly Sample[]): number {
  return Math.max(...samples.map(({ rssBytes }) => rssBytes));
}

function verdict(got: number, atMost: number): string {
  return `target ≤ ${atMost}: ${got <= atMost ? 'met' : 'not met'}`;
}

function table(name: string, samples: readonly Sample[]): string {
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1).padStart(9);
  const rows = samples.map(
    ({ calls, rssBytes, heapBytes, refused }) =>
      `  ${String(calls).padStart(9)}${mib(rssBytes)}${mib(heapBytes)}${String(refused).padStart(9)}\n`,
  );
  return `${name}\n      calls      RSS     heap  refused\n${rows.join('')}\n`;
}
