import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { onShop } from '../test-rig/shop-on-server.js';
import { abortSleeps } from './aborted-sleeps.js';
import { askGenerated } from './generated-sql.js';
import { contestKeys } from './one-key-contest.js';
import { stallPool } from './stalled-pool.js';
import { tamperWithTrail } from './tampered-trail.js';
import { mixTenants, type TwoTenantsReport } from './two-tenants.js';

const help = `What @sallyport/postgres promises, on a real Postgres: the full form of the tests beside it. About 6 minutes on a machine that has
nothing else to do; two proofs are about milliseconds, and a busy machine breaks them.

  npx pnpm@12 soak:postgres [--queries 100000] [--aborts 1000] [--contests 100] [--stall 30] [--mixes 10] [--tamperings 10000]
      [--seed N] [--json] [--report FILE]

  --queries   generated texts as the SQL of an agent: no foreign row, nothing written, no lock or setting left
  --aborts    sleeping statements that are aborted: gone on the server within 500 ms, and no other cancelled
  --contests  a hundred calls with one key on two instances, so often: one runs; the others replay it or are in progress, within 300 ms
  --stall     for so many seconds nothing comes through to the server: nobody, of a read or a write of any kind, waits more than
              150 ms past the deadline, served again within 5 s, and every write made again has happened once
  --mixes     a thousand calls of two tenants on a pool of 2 with throws, aborts and kills, so often: no foreign row, none that was
              acknowledged lost, none doubled
  --tamperings  changes of a superuser to the rows of the audit trail: every one is found
  --seed      default: another one each time; the report has it
  --json      the report as JSON on standard output instead of text
  --report    writes the report as JSON to a file as well
  --help      this text

0 leaves a proof out.

TEST_POSTGRES_URL   a superuser of a server that databases may be made on, by default postgres://postgres@127.0.0.1:5432/postgres

Ends with 0 when everything held, 1 when something did not, 2 when it was called wrongly. Progress goes to standard error.
`;

interface Finding {
  readonly proof: string;
  readonly held: boolean;
  readonly seconds: number;
  readonly figures: object;
}

const { queries, aborts, contests, stall, mixes, tamperings, seed, json, report: reportFile } = options();

function options() {
  const number = (fallback: number) => ({ type: 'string', default: `${fallback}` }) as const;
  try {
    const { values } = parseArgs({
      options: {
        queries: number(100_000),
        aborts: number(1_000),
        contests: number(100),
        stall: number(30),
        mixes: number(10),
        tamperings: number(10_000),
        seed: number(Date.now() % 1_000_000),
        json: { type: 'boolean', default: false },
        report: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    const { help: asksForHelp, json, report, ...numbers } = values;
    if (asksForHelp) {
      process.stdout.write(help);
      process.exit(0);
    }
    const whole = Object.fromEntries(Object.entries(numbers).map(([name, text]) => [name, Number(text)]));
    for (const [name, value] of Object.entries(whole)) {
      if (!Number.isInteger(value) || value < 0) throw new TypeError(`--${name} must be a whole number`);
    }
    return { json, report, ...(whole as Record<keyof typeof numbers, number>) };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${help}`);
    process.exit(2);
  }
}

const findings: Finding[] = [];
const progress = (text: string): void => void process.stderr.write(`${text}\n`);

/** Runs one proof, unless there is nothing to do for it. */
async function prove<Figures extends object>(
  proof: string,
  times: number,
  run: () => Promise<Figures>,
  holds: (figures: Figures) => boolean,
): Promise<void> {
  if (times === 0) return;
  progress(proof);
  const begun = performance.now();
  const figures = await run();
  const seconds = Math.round((performance.now() - begun) / 1_000);
  const held = holds(figures);
  findings.push({ proof, held, seconds, figures });
  if (!json)
    process.stdout.write(
      `${held ? 'held  ' : 'BROKEN'}  ${proof} (${seconds} s)\n        ${JSON.stringify(figures)}\n`,
    );
}

await prove(
  `${contests} times a hundred calls with one key on two instances: one runs, the others are answered within 300 ms`,
  contests,
  () => onShop((shop) => contestKeys(shop, { rounds: contests, seed, progress })),
  ({ wrong, notOnce, slowestMs }) => wrong.length + notOnce.length === 0 && slowestMs <= 300,
);
await prove(
  `${aborts} sleeping statements aborted: gone within 500 ms, no other cancelled`,
  aborts,
  () => onShop((shop) => abortSleeps(shop, { aborts, progress })),
  ({ goneMs, sleptOn, cancelledBystanders }) => goneMs.slowest <= 500 && sleptOn + cancelledBystanders === 0,
);
await prove(
  `nothing comes through for ${stall} s: nobody waits past the deadline, served again within 5 s, every write once`,
  stall,
  () => onShop((shop) => stallPool(shop, { stallMs: stall * 1_000, progress })),
  // Past a timer of the same time: what an answer takes when there are a thousand of them.
  ({ lateMs, overstayed, recoveredMs, wrong, notOnce }) =>
    Math.max(...Object.values(lateMs)) <= 150 &&
    overstayed === 0 &&
    recoveredMs <= 5_000 &&
    wrong.length + notOnce.length === 0,
);
await prove(
  `${mixes} times a thousand calls of two tenants on a pool of 2 with faults: no row foreign, lost or doubled`,
  mixes,
  async () => {
    const all: TwoTenantsReport[] = [];
    for (let i = 0; i < mixes; i += 1)
      all.push(await onShop((shop) => mixTenants(shop, { calls: 1_000, seed: seed + i })));
    const sum = (of: (each: (typeof all)[number]) => number) => all.reduce((total, each) => total + of(each), 0);
    return {
      calls: mixes * 1_000,
      answered: sum(({ answered }) => answered),
      wrote: sum(({ wrote }) => wrote),
      killed: sum(({ faults }) => faults.killed ?? 0),
      wrong: all.flatMap(({ foreign, lost, doubled, unwanted }) => [...foreign, ...lost, ...doubled, ...unwanted]),
    };
  },
  ({ wrong }) => wrong.length === 0,
);
await prove(
  `${tamperings} changes of a superuser to the audit trail: every one found`,
  tamperings,
  () => onShop((shop) => tamperWithTrail(shop, { tamperings, seed, progress })),
  ({ missed, falseAlarms }) => missed.length + falseAlarms === 0,
);
await prove(
  `${queries} generated queries: no foreign row, nothing written, no lock or setting left`,
  queries,
  () => onShop((shop) => askGenerated(shop, { queries, seed, progress })),
  ({ foreign, broken, left, written }) => foreign.length + broken.length + left.length === 0 && !written,
);

const held = findings.every((finding) => finding.held);
const asJson = `${JSON.stringify({ held, seed, findings }, undefined, 2)}\n`;
if (reportFile !== undefined) await writeFile(reportFile, asJson);
process.stdout.write(json ? asJson : `${held ? 'everything held' : 'NOT EVERYTHING HELD'} (seed ${seed})\n`);
process.exitCode = held ? 0 : 1;
