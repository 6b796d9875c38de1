import { Command } from '@commander-js/extra-typings';
import { explain as explanationOf } from '@sallyport/core';
import type { MakeCommand } from '../command.js';
import { loadTools } from '../load-tools.js';

/** The effective policy of every tool of a server. */
export const explain: MakeCommand = ({ terminal }) =>
  new Command('explain')
    .summary('print the effective policy of every tool')
    .argument('<module>', 'a module that exports `tools`')
    .option('--json', 'as JSON')
    .action(async (module) => {
      const { tools, close } = await loadTools(module);
      terminal.out(`${JSON.stringify(tools.map(explanationOf), undefined, 2)}\n`);
      await close();
    });
