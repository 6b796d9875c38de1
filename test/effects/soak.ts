import { parseArgs } from 'node:util';
import { createDatabase } from '../support/postgres-database.js';
import { killStorm } from './kill-storm.js';

const help = `Effects on a real Postgres under kill -9 and long pauses, the long form of the tests beside it. Prints a report in Markdown.

  npx pnpm@12 soak:effects [--kills 125] [--pauses 25] [--calls 8] [--seed N]

  --kills    processes that are killed at a random point
  --pauses   processes that are stopped for 40 seconds, beyond every lock, and then killed
  --calls    how many calls of each of two tools a process has under way then: by default 1,000 and 200 of each in all
  --seed     default: another one each time; the report has it
  --help     this text

TEST_POSTGRES_URL   a superuser of a server that databases may be made on, by default postgres://postgres@127.0.0.1:5432/postgres

Ends with 0 when everything held, 1 when something did not, 2 when it was called wrongly. Progress goes to standard error.
`;

const { kills, pauses, calls, seed } = options();

function options() {
  const number = (fallback: number) => ({ type: 'string', default: `${fallback}` }) as const;
  try {
    const { values } = parseArgs({
      options: {
        kills: number(125),
        pauses: number(25),
        calls: number(8),
        seed: number(Date.now() % 1_000_000),
        help: { type: 'boolean', default: false },
      },
    });
    const { help: asksForHelp, ...numbers } = values;
    if (asksForHelp) {
      process.stdout.write(help);
      process.exit(0);
    }
    const whole = Object.fromEntries(Object.entries(numbers).map(([name, text]) => [name, Number(text)]));
    for (const [name, value] of Object.entries(whole)) {
      if (!Number.isInteger(value) || value < 0) throw new TypeError(`--${name} must be a whole number`);
    }
    return whole as Record<keyof typeof numbers, number>;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${help}`);
    process.exit(2);
  }
}

const database = await createDatabase();
const begun = performance.now();
try {
  const progress = (text: string): void => void process.stderr.write(`${text}\n`);
  const report = await killStorm(database, { kills, pauses, calls, pauseMs: 40_000, seed, progress });
  const bad = [report.notOnce, report.differing, report.doubled, report.unreported].flat().length + report.unaudited;
  process.stdout.write(`# Effects under kill -9

| | |
| --- | --- |
| seed | ${seed} |
| processes killed, each with ${calls} calls of two tools under way | ${kills} |
| processes stopped for 40 s, beyond every lock, then killed | ${pauses} |
| keys, each asked for again by other processes | ${report.keys} |
| effects saved whose first answer was lost | ${report.lostAnswers} |
| effects in the database that did not happen exactly once | ${report.notOnce.length} |
| answers that differ from the effect | ${report.differing.length} |
| effects and audit entries without each other | ${report.unaudited} |
| effects elsewhere that happened twice | ${report.doubled.length} |
| effects elsewhere reported as unknown | ${report.unknown} |
| effects elsewhere neither done nor reported | ${report.unreported.length} |
| seconds | ${Math.round((performance.now() - begun) / 1_000)} |
`);
  process.exitCode = bad === 0 ? 0 : 1;
} finally {
  await database.drop();
}
