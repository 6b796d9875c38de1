import { command } from '../support/command.js';
import { mintAgents } from './agents.js';
import { bundle } from './bundle.js';
import { measure } from './measure.js';
import type { Sample } from './sample.js';

const rssTarget = 1.5;
/** The second half of the calls against the first: what is bounded may go up and down, what leaks doubles. */
const flatTarget = 1.1;

await command({
  about: 'Memory of a server over many calls of many agents, against that of the bare floor after as many.',
  options: { calls: [1_000_000, 'calls'], agents: [100_000, 'agents, in turn'] },
  async measure({ calls, agents }) {
    const say = (text: string) => process.stderr.write(`${text}\n`);
    const programs = await bundle(['floor', 'sallyport']);
    try {
      const { issuer, tokens } = await mintAgents(agents, (minted) => say(`${minted} tokens`));
      const run = (name: string, title: string, options: readonly string[]) =>
        measure(programs.file(name), options, calls, tokens, (done) => say(`${title}: ${done} calls`));
      const floor = await run('floor', 'floor', []);
      const floorRss = highest(floor);
      const servers = [];
      for (const [title, options] of [
        ['Sallyport, all guards', []],
        ['Sallyport, all guards, counters for all agents', ['--room']],
      ] as const) {
        const samples = await run('sallyport', title, ['--issuer', issuer, ...options]);
        const heaps = samples.map(({ heapBytes }) => heapBytes);
        const half = Math.ceil(heaps.length / 2);
        const growth = Math.max(...heaps.slice(half)) / Math.max(...heaps.slice(0, half));
        servers.push({ title, samples, growth, rssRatio: highest(samples) / floorRss });
      }
      return { calls, agents, floor, servers };
    } finally {
      await programs.remove();
    }
  },
  show({ calls, agents, floor, servers }) {
    const judged = servers.map(
      ({ title, samples, growth, rssRatio }) =>
        `${table(title, samples)}  heap, highest of the second half against the first: ${growth.toFixed(3)}, ${verdict(growth, flatTarget)}\n` +
        `  RSS, highest against the floor's: ${rssRatio.toFixed(2)}, ${verdict(rssRatio, rssTarget)}\n\n`,
    );
    return `${calls} calls of ${agents} agents; MiB\n\n${table('floor: bare node:http', floor)}\n${judged.join('')}`;
  },
});

function highest(samples: readonly Sample[]): number {
  return Math.max(...samples.map(({ rssBytes }) => rssBytes));
}

function verdict(got: number, atMost: number): string {
  return `target ≤ ${atMost}: ${got <= atMost ? 'met' : 'not met'}`;
}

function table(title: string, samples: readonly Sample[]): string {
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1).padStart(9);
  const rows = samples.map(
    ({ calls, rssBytes, heapBytes, refused }) =>
      `  ${String(calls).padStart(9)}${mib(rssBytes)}${mib(heapBytes)}${String(refused).padStart(9)}\n`,
  );
  return `${title}\n      calls      RSS     heap  refused\n${rows.join('')}\n`;
}
