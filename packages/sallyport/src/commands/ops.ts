import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { CannotRun } from '../cannot-run.js';
import type { MakeCommand } from '../command.js';
import { effectivePolicy } from '../explain/effective-policy.js';
import { json } from '../json.js';
import { loadModule } from '../load-module.js';
import { operations } from '../ops/operations.js';
import { urlTextOf } from '../option-values.js';
import { reasonOf } from '../reason-of.js';

/** Alert rules, a dashboard and a runbook for a server's tools. */
export const ops: MakeCommand = ({ terminal }) =>
  new Command('ops')
    .summary('write alert rules, a dashboard and a runbook')
    .description(
      [
        'Writes what operations need of a server, from its tools and the table of errors: alerts.yml for Prometheus,',
        'dashboard.json for Grafana, and runbook/ with a page for each error code. Files that are there are written anew.',
      ].join(' '),
    )
    .argument('<module>', 'a module that exports `tools`')
    .requiredOption('--out <folder>', 'where to write')
    .option('--runbook-url <url>', 'where alerts find the pages of the runbook', urlTextOf('http', 'https'), 'runbook')
    .option('--json', 'print the names of the files as JSON')
    .action(async (path, { out, runbookUrl, json: asJson }) => {
      const { tools, close } = await loadModule(path);
      const owned = tools
        .filter(({ facts }) => facts.kind === 'tool')
        .map((tool) => effectivePolicy(tool, [], ''))
        .map(({ name, owner, timeoutMs }) => ({ name, owner, timeoutMs }));
      await close();
      if (owned.length === 0) throw new CannotRun(`${path} has no tools`);
      const files = operations(owned, runbookUrl.replace(/\/+$/, ''));
      const written = [...files].map(([name, text]) => [join(out, name), text] as const);
      try {
        for (const [name, text] of written) {
          await mkdir(dirname(name), { recursive: true });
          await writeFile(name, text);
        }
      } catch (error) {
        throw new CannotRun(`nothing can be written to ${out}: ${reasonOf(error)}`);
      }
      const names = written.map(([name]) => name);
      terminal.out(asJson === true ? json({ files: names }) : `${names.join('\n')}\n`);
    });
