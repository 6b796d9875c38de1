import { buildPackages } from '../support/build-packages.js';
import { command } from '../support/command.js';
import { measure } from './measure.js';
import type { Sample } from './sample.js';

const rssTarget = 1.5;
/** The second half of the calls against the first: what is bounded may go up and down, what leaks doubles. */
const flatTarget = 1.1;

await command({
  about: 'Memory over many calls of many agents through the stack, against a program without it.',
  options: { calls: [1_000_000, 'calls'], agents: [100_000, 'agents, in turn'] },
  async measure({ calls, agents }) {
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
    return { calls, agents, floor, stacks: judged };
  },
  show({ calls, agents, floor, stacks }) {
    const judged = stacks.map(
      ({ name, samples, growth, rssRatio }) =>
        `${table(name, samples)}  heap, highest of the second half against the first: ${growth.toFixed(3)}, ${verdict(growth, flatTarget)}\n` +
        `  RSS, highest against the floor's: ${rssRatio.toFixed(2)}, ${verdict(rssRatio, rssTarget)}\n\n`,
    );
    return `${calls} calls of ${agents} agents; MiB\n\n${table('floor', floor)}${judged.join('')}`;
  },
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
