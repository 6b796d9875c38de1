/** The long form of the tests beside it: `npx pnpm@12 soak:effects [--kills 125] [--pauses 25] [--calls 8]`. Prints a report. */
import { parseArgs } from 'node:util';
import { createDatabase } from '../support/postgres-database.js';
import { killStorm } from './kill-storm.js';

const number = { type: 'string' } as const;
const { values } = parseArgs({ options: { kills: number, pauses: number, calls: number, seed: number } });
const kills = Number(values.kills ?? 125);
const pauses = Number(values.pauses ?? 25);
const calls = Number(values.calls ?? 8);
const seed = Number(values.seed ?? Date.now() % 1_000_000);

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
