import { parseArgs } from 'node:util';
import { startRedis } from '../test-rig/redis-server.js';
import { judgeHistory } from './judge-history.js';
import { loseReplies } from './lost-replies.js';
import { recordHistory } from './record-history.js';
import { silenceRedis } from './silence.js';
import { killHolders } from './vanished-holders.js';
import type { Workload } from './workload.js';

const help = `The full proof that limits on Redis hold, on servers of its own: about 12 minutes.

  npx pnpm@12 soak:limits [--seconds 60] [--silences 100] [--cuts 1000] [--holders 1000] [--seed 1] [--json]

  --seconds   how long 8 processes with clocks up to 5 minutes off overload 3 dimensions with 2 windows tenfold
  --silences  how often Redis is stopped for 5 seconds and goes on
  --cuts      how many replies a proxy cuts
  --holders   how many leases are held by processes that are killed
  --json      the report as one JSON document on standard output; progress goes to standard error

Ends with 0 when everything held, 1 when something did not, 2 when it was called wrongly.`;

interface Finding {
  readonly proof: string;
  readonly held: boolean;
  readonly seconds: number;
  readonly figures: object;
}

function options() {
  const number = (fallback: string) => ({ type: 'string', default: fallback }) as const;
  try {
    const { values } = parseArgs({
      options: {
        seconds: number('60'),
        silences: number('100'),
        cuts: number('1000'),
        holders: number('1000'),
        seed: number('1'),
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const { json, help, ...numbers } = values;
    const whole = Object.fromEntries(Object.entries(numbers).map(([name, text]) => [name, Number(text)]));
    for (const [name, value] of Object.entries(whole)) {
      if (!Number.isInteger(value) || value < 1) throw new TypeError(`--${name} must be a whole number of at least 1`);
    }
    return { json, help, ...(whole as Record<keyof typeof numbers, number>) };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`);
    process.exit(2);
  }
}

const { seconds, silences, cuts, holders, seed, json, help: asksForHelp } = options();
if (asksForHelp) {
  console.log(help);
  process.exit(0);
}

const findings: Finding[] = [];

/** One line that is written over and over on a terminal, and once per proof elsewhere. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

async function prove(
  proof: string,
  run: () => Promise<{ readonly held: boolean; readonly figures: object }>,
): Promise<void> {
  const startedAt = performance.now();
  progress(`${proof} …`);
  const { held, figures } = await run();
  const took = Math.round((performance.now() - startedAt) / 1_000);
  findings.push({ proof, held, seconds: took, figures });
  progress('');
  const line = `${held ? 'held  ' : 'BROKEN'}  ${proof} (${took} s)\n        ${JSON.stringify(figures)}\n`;
  (json ? process.stderr : process.stdout).write(line);
}

await prove('no rolling window over its limit, 8 processes, clocks off, 10 times overloaded', async () => {
  const server = await startRedis();
  const workload: Workload = { shortMs: 6_000, longMs: 24_000, forMs: seconds * 1_000, processes: 8, seed };
  const startedAt = performance.now();
  const timer = setInterval(() => progress(`history: ${Math.round((performance.now() - startedAt) / 1_000)} s`), 1_000);
  try {
    const figures = judgeHistory(await recordHistory(server.url, workload), workload);
    const { violations, refusedEarly, outOfTime, fullest } = figures;
    const greedy = Math.min(
      fullest[`tenant in ${workload.shortMs} ms`] ?? 0,
      fullest[`tenant in ${workload.longMs} ms`] ?? 0,
    );
    return {
      held: violations.length + refusedEarly + outOfTime === 0 && greedy >= 0.98,
      figures: { ...figures, greedy },
    };
  } finally {
    clearInterval(timer);
    await server.stop();
  }
});

await prove(`${cuts} replies cut: charged is what was admitted`, async () => {
  const server = await startRedis();
  try {
    const figures = await loseReplies(server, cuts, undefined, (done) => progress(`cut ${done} of ${cuts}`));
    return { held: figures.charged === figures.admitted && figures.leasesHeld === figures.admitted, figures };
  } finally {
    await server.stop();
  }
});

await prove(`${holders} leases of killed processes: free within a lease and a second`, async () => {
  const server = await startRedis();
  const leaseMs = 5_000;
  try {
    const figures = await killHolders(server, { leases: holders, leaseMs });
    const { held, admittedTooMany, freeAfterMs = Number.POSITIVE_INFINITY } = figures;
    return { held: held === holders && admittedTooMany === 0 && freeAfterMs < leaseMs + 1_000, figures };
  } finally {
    await server.stop();
  }
});

await prove(
  `Redis stopped for 5 s, ${silences} times: nothing charged for calls without an answer, 100 ms at p99`,
  async () => {
    const server = await startRedis();
    try {
      const figures = await silenceRedis(server, silences, 5_000, (done) => progress(`stopped ${done} of ${silences}`));
      const { admitted, charged, leasesHeld, p99Ms } = figures;
      return { held: charged === admitted && leasesHeld === admitted && p99Ms <= 100, figures };
    } finally {
      await server.stop();
    }
  },
);

if (json) console.log(JSON.stringify({ held: findings.every(({ held }) => held), findings }, undefined, 2));
process.exitCode = findings.every(({ held }) => held) ? 0 : 1;
