import { writeFile } from 'node:fs/promises';
import { calledWith } from '../support/called-with.js';
import { createDatabase, type TestDatabase } from '../support/postgres-database.js';
import { cutResponses } from './cut-responses.js';
import { killStorm } from './kill-storm.js';
import { stormHeld } from './storm-report.js';

const help = `Effects on a real Postgres when processes and connections die in the middle of them: the full form of the tests beside it.
About 20 minutes on two cores.

  npx pnpm@12 soak:effects [--kills 1000] [--pauses 200] [--cuts 200] [--seed N] [--json] [--report FILE]

  --kills    processes that are killed (SIGKILL) at a random point, each with calls under way; 0 for none
  --pauses   processes that are stopped for 36 seconds, beyond every lock; others take their calls over, then they go on; 0 for none
  --cuts     calls over HTTP whose response is cut at every byte there is, and which are made again under a new id; 0 for none
  --seed     default: another one each time; the report has it. It is of the points, not of the machine
  --json     the report as JSON on standard output instead of text
  --report   writes the report as JSON to a file as well
  --help     this text

TEST_POSTGRES_URL   a superuser of a server that databases may be made on, by default postgres://postgres@127.0.0.1:5432/postgres.
                    Up to 85 connections are used at once.

Ends with 0 when everything held, 1 when something did not, 2 when it was called wrongly. Progress goes to standard error.
`;

const pauseMs = 36_000;
const defaults = { kills: 1_000, pauses: 200, cuts: 200, seed: Date.now() % 1_000_000, json: false, report: '' };
const { kills, pauses, cuts, seed, json, report: reportFile } = calledWith(help, defaults);

const begun = performance.now();
const seconds = (): number => Math.round((performance.now() - begun) / 1_000);
const progressOf = (what: string) => (text: string) => void process.stderr.write(`${seconds()} s, ${what}: ${text}\n`);

/** Each on a database of its own. */
async function onDatabase<T>(run: (database: TestDatabase) => Promise<T>): Promise<T & { readonly seconds: number }> {
  const database = await createDatabase();
  try {
    return { ...(await run(database)), seconds: seconds() };
  } finally {
    await database.drop();
  }
}

// Side by side: a stopped process leaves the machine to others.
const [storm, cut] = await Promise.all([
  onDatabase((database) => killStorm(database, { kills, pauses, pauseMs, seed, progress: progressOf('storm') })),
  onDatabase((database) => cutResponses(database, { calls: cuts, progress: progressOf('cuts') })),
]);
const held = stormHeld(storm) && cut.notOnce.length + cut.differing.length === 0;
const report = { held, seed, kills, pauses, pauseMs, seconds: seconds(), storm, cuts: { calls: cuts, ...cut } };
/** Of a long list the first few are enough to look into it. */
const shortened = (_: string, value: unknown): unknown =>
  Array.isArray(value) && value.length > 20 ? [...value.slice(0, 20), `and ${value.length - 20} more`] : value;
const asJson = `${JSON.stringify(report, shortened, 2)}\n`;
if (reportFile !== '') await writeFile(reportFile, asJson);

const rows: readonly (readonly [string, number | string])[] = [
  ['seed', seed],
  ['processes killed at a random point, each with calls under way', kills],
  [`processes stopped for ${pauseMs / 1_000} s, beyond every lock, whose calls others took over`, pauses],
  ['calls under way when their process was killed', storm.cutOff],
  ['of those, effects that were saved and whose answer was lost', storm.lostAnswers],
  ['of those, effects that were undone, and made by a repeat', storm.undone],
  ['keys, each asked for again by other processes', storm.keys],
  ['**effects in the database that did not happen exactly once**', storm.notOnce.length],
  ['**answers that differ from the effect**', storm.differing.length],
  ['**effects and audit entries without each other**', storm.unaudited + storm.unintended.length],
  ['**effects elsewhere that happened twice**', storm.doubled.length],
  ['effects elsewhere reported as unknown', storm.unknown],
  ['**effects elsewhere neither done nor reported**', storm.unreported.length],
  [`responses cut, at every byte of ${cuts} calls of ${cut.bytes.join(' to ')} bytes`, cut.cuts],
  ['**of those, effects that did not happen exactly once**', cut.notOnce.length],
  ['**of those, answers under the new id that differ from the effect**', cut.differing.length],
  ['seconds', report.seconds],
];
process.stdout.write(
  json
    ? asJson
    : `# Effects under kill -9, pauses and cut responses: ${held ? 'held' : 'BROKEN'}

| | |
| --- | --- |
${rows.map(([what, figure]) => `| ${what} | ${figure} |\n`).join('')}`,
);
process.exitCode = held ? 0 : 1;
