import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildPackages } from '../support/build-packages.js';
import { machine } from '../support/machine.js';
import { program } from '../support/program.js';
import { versions } from '../support/versions.js';
import { compare } from './compare.js';
import { contenders } from './contenders.js';
import { cores } from './cores.js';
import { markdown } from './markdown.js';
import { help, options } from './options.js';
import type { Report } from './report.js';
import { connections } from './run.js';
import { targets } from './targets.js';

await program(async () => {
  const chosen = options();
  if (chosen.help) {
    process.stdout.write(help);
    return;
  }
  buildPackages();
  const bound = cores();
  if (bound === undefined) process.stderr.write('Not bound to cores: taskset or a second core is missing.\n');
  let shown = '';
  const progress = (round: string, label: string) => {
    const line = process.stderr.isTTY ? `${round}: ${label}` : round;
    if (line !== shown) process.stderr.write(`${line}\n`);
    shown = line;
  };
  const compared = contenders.filter(({ id }) => chosen.only.includes(id));
  const measured = await compare(compared, chosen, bound, progress);
  const report: Report = {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    pinned: bound !== undefined,
    versions: versions(),
    connections,
    seconds: chosen.seconds,
    rounds: chosen.rounds,
    processes: chosen.processes,
    measured,
    targets: targets(measured),
  };
  const json = `${JSON.stringify(report, undefined, 2)}\n`;
  process.stdout.write(chosen.json ? json : markdown(report));
  if (compared.length === contenders.length) await keep(report, json);
});

async function keep(report: Report, json: string): Promise<void> {
  const results = join(import.meta.dirname, '../results');
  const file = join(results, `http-${report.date}`);
  await mkdir(results, { recursive: true });
  await writeFile(`${file}.json`, json);
  await writeFile(`${file}.md`, markdown(report));
  process.stderr.write(`Written to ${file}.json and .md\n`);
}
