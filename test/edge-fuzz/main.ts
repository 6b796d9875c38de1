import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
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

function whole(name: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value > 0) return value;
  throw new RangeError(`--${name} must be a whole number above 0, not ${text}`);
}

try {
  const { values } = parseArgs({
    options: {
      requests: { type: 'string', default: '100000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      lanes: { type: 'string', default: '24' },
      sessions: { type: 'boolean', default: false },
      bug: { type: 'string' },
      report: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) process.stdout.write(help);
  else process.exitCode = await run(values);
} catch (error) {
  const usage = error instanceof RangeError || (error instanceof TypeError && 'code' in error);
  process.stderr.write(`${error instanceof Error ? (usage ? error.message : error.stack) : String(error)}\n`);
  process.exitCode = usage ? 2 : 1;
}

async function run(values: {
  readonly requests: string;
  readonly seed: string;
  readonly lanes: string;
  readonly bug?: string;
  readonly report?: string;
  readonly json: boolean;
  readonly sessions: boolean;
}): Promise<number> {
  const count = whole('requests', values.requests);
  const seed = whole('seed', values.seed);
  const { bug } = values;
  if (bug !== undefined && !Object.hasOwn(bugs, bug)) throw new RangeError(`--bug: there is no bug "${bug}"`);
  const line = process.stderr.isTTY ? '\r' : '\n';
  const report = await fuzz({
    count,
    seed,
    sessions: values.sessions ? 'memory' : 'none',
    lanes: whole('lanes', values.lanes),
    ...(bug === undefined ? {} : { bug }),
    onProgress: (sent, violations) => process.stderr.write(`${sent} of ${count} sent, ${violations} violations${line}`),
  });
  if (values.report !== undefined) await writeFile(values.report, `${JSON.stringify(report, undefined, 2)}\n`);
  const { before, after } = report;
  const mib = (bytes: number) => (bytes / 1024 / 1024).toFixed(1);
  const answers = Object.entries(report.statuses).map(([status, times]) => `${status}: ${times}`);
  process.stdout.write(
    values.json
      ? `${JSON.stringify(report, undefined, 2)}\n`
      : `${report.sent} requests (seed ${seed}, ${report.good} of them good) in ${report.seconds} s
answers     ${answers.join(', ')}
memory      ${mib(before.heapBytes)} MiB after a tenth, ${mib(after.heapBytes)} MiB at the end
handles     ${before.handles} after a tenth, ${after.handles} at the end
violations  ${report.violations.length}
${report.violations.map(({ what, request }) => `  ${what}\n    ${request}\n`).join('')}`,
  );
  return report.violations.length === 0 ? 0 : 1;
}
