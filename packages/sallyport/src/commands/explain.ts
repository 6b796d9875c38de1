import { Command } from '@commander-js/extra-typings';
import type { MakeCommand } from '../command.js';
import { effectivePolicy } from '../explain/effective-policy.js';
import { policyText } from '../explain/policy-text.js';
import { json } from '../json.js';
import { loadModule } from '../load-module.js';

/** The effective policy of every tool of a server, after defaults. */
export const explain: MakeCommand = ({ terminal }) =>
  new Command('explain')
    .summary('print the effective policy of every tool')
    .description(
      'Prints what happens to every call of every tool, after defaults: who may call, limits, effects, time, size, order.',
    )
    .argument('<module>', 'a module that exports `tools`')
    .option('--plan <names...>', 'show the limits of callers of these plans, too')
    .option('--tenant <name>', 'the tenant of those callers', 'acme')
    .option('--json', 'as JSON')
    .action(async (path, { plan: plans = [], tenant, json: asJson }) => {
      const { tools, close } = await loadModule(path);
      const policies = tools.map((tool) => effectivePolicy(tool, plans, tenant));
      await close();
      terminal.out(
        asJson === true ? json({ tools: policies }) : policyText(policies, (line) => terminal.style('bold', line)),
      );
    });
