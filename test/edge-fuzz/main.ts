import { writeFile } from 'node:fs/promises';
import { calledWith } from '../support/called-with.js';
import { bugs } from './bugs.js';
import { fuzz } from './fuzz.js';

const help = `Attacks the edge of a server on loopback with generated requests: the default stack, verified tokens, both eras.
Every request must be answered as it should be or its connection closed; the server must not crash, grow, hang or show
anything of its inside. Exits with 1 when something of that happened, with 2 when an option is wrong.

  --requests N   default 100000
  --seed N       default the time; equal seeds make equal requests
  --sessions     keeps sessions for the 2025 era, in memory
  --lanes N      connections at once, each pipelining up to 8 requests, default 24
  --bug NAME     puts a known bug in front of the server, which must be found:
${Object.keys(bugs)
  .map((name) => `                   ${name}\n`)
  .join('')}  --report FILE  writes the report as JSON
  --json         prints the report as JSON instead of text
  --help         this text
`;

const counts = { requests: 100_000, seed: Date.now() % 1_000_000, lanes: 24 };
const defaults = { ...counts, sessions: false, bug: '', report: '', json: false };
const given = calledWith(help, defaults, ({ bug, requests, lanes }) => {
  if (requests === 0 || lanes === 0) throw new RangeError('--requests and --lanes must be above 0');
  if (bug !== '' && !Object.hasOwn(bugs, bug)) throw new RangeError(`--bug: there is no bug "${bug}"`);
});
const { requests: count, seed, lanes, sessions, bug, json } = given;

const line = process.stderr.isTTY ? '\r' : '\n';
const report = await fuzz({
  count,
  seed,
  sessions: sessions ? 'memory' : 'none',
  lanes,
  ...(bug === '' ? {} : { bug }),
  onProgress: (sent, violations) => process.stderr.write(`${sent} of ${count} sent, ${violations} violations${line}`),
});
if (given.report !== '') await writeFile(given.report, `${JSON.stringify(report, undefined, 2)}\n`);
const { before, after } = report;
const mib = (bytes: number) => (bytes / 1024 / 1024).toFixed(1);
const answers = Object.entries(report.statuses).map(([status, times]) => `${status}: ${times}`);
process.stdout.write(
  json
    ? `${JSON.stringify(report, undefined, 2)}\n`
    : `${report.sent} requests (seed ${seed}, ${report.good} of them good) in ${report.seconds} s
answers     ${answers.join(', ')}
memory      ${mib(before.heapBytes)} MiB after a tenth, ${mib(after.heapBytes)} MiB at the end
handles     ${before.handles} after a tenth, ${after.handles} at the end
violations  ${report.violations.length}
${report.violations.map(({ what, request }) => `  ${what}\n    ${request}\n`).join('')}`,
);
process.exitCode = report.violations.length === 0 ? 0 : 1;
