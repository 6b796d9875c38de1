import { open, writeFile } from 'node:fs/promises';
import { Command, Option } from '@commander-js/extra-typings';
import { CannotRun } from '../cannot-run.js';
import type { MakeCommand } from '../command.js';
import { exitCode } from '../exit-code.js';
import { json } from '../json.js';
import { count, urlOf } from '../option-values.js';
import { reasonOf } from '../reason-of.js';
import { behaviourTexts } from '../storm/behaviours.js';
import { httpTransport } from '../storm/http-transport.js';
import { anyOf } from '../storm/operation.js';
import { defaultMix, planAgents } from '../storm/plan-agents.js';
import { protocols } from '../storm/protocol.js';
import type { StormReport } from '../storm/report.js';
import { reportPage } from '../storm/report-page.js';
import { reportTable } from '../storm/report-table.js';
import { storm as runStorm, type StormOptions } from '../storm/storm.js';
import { assertOwn } from '../storm-command/assert-own.js';
import { callersFrom } from '../storm-command/callers.js';
import { discover } from '../storm-command/discover.js';
import { exampleIssuer } from '../storm-command/issuer-key.js';
import { liveView } from '../storm-command/live-view.js';
import { mixText, parseMix } from '../storm-command/mix.js';
import { positiveNumber, wholeNumber } from '../storm-command/numbers.js';
import { operationsOf } from '../storm-command/operations.js';

const listOf = (text: string, before: readonly string[] = []): string[] => [...before, text];
const namesOf = (text: string): string[] => text.split(',').filter((name) => name !== '');

const classes = Object.entries(behaviourTexts).map(([name, text]) => `  ${name.padEnd(10)}${text}\n`);
const after = `
Classes of agents:
${classes.join('')}
Ends with 1 when a call was broken on the wire, an answer was INTERNAL, or nothing was answered at all.
Ctrl-C ends the storm early, with the report of what was seen until then; pressed again, at once.`;

/** A load generator that behaves like agents. */
export const storm: MakeCommand = ({ terminal, ends }) =>
  new Command('storm')
    .summary('put the load of many agents on a server')
    .description(
      'Lets agents loose on a server that you run: patient ones, bursts, planning loops, blind retries, and a rogue.',
    )
    .requiredOption('--url <url>', 'the MCP endpoint', urlOf('http', 'https'))
    .option('--token <token>', 'a bearer token; repeat it for several callers', listOf)
    .option('--tokens <file>', 'a file of tokens, one a line')
    .option('--issuer-key <file>', 'a development issuer\u2019s private key (JWK): each agent gets a token of its own')
    .option('--tenants <names>', 'the tenants of those tokens', namesOf, ['acme', 'globex'])
    .option('--scope <scopes>', 'their scopes', 'mcp:tools:read mcp:tools:write')
    .option('--plan <plan>', 'their plan')
    .option('--issuer <url>', 'their issuer', exampleIssuer.issuer)
    .option('--audience <audience>', 'their audience', exampleIssuer.audience)
    .option('--tool <name[=json]>', 'a tool to call, with its arguments; repeat it for several', listOf)
    .option('--agents <n>', 'how many agents', count, 20)
    .option('--mix <classes>', `classes and their proportions (default: "${mixText(defaultMix)}")`, parseMix)
    .option('--rate <n>', 'calls an ordinary agent makes in a second', positiveNumber, 1)
    .option('--duration <s>', 'seconds in which calls are begun', positiveNumber, 30)
    .option('--calls <n>', 'calls at most', count, 100_000)
    .option('--open <n>', 'open calls of one agent at most', count, 64)
    .option('--timeout <s>', 'seconds after which a call counts as not answered', positiveNumber, 30)
    .option('--seed <n>', 'repeats a storm: the same agents mean to make the same calls', wholeNumber)
    .addOption(
      new Option('--protocol <version>', 'what agents speak')
        .choices([...protocols, 'both'] as const)
        .default('both' as const),
    )
    .option('--html <file>', 'write the report as a page, too')
    .option('--json', 'the report as JSON')
    .option('--allow-remote', 'the server is on another machine, and I may put load on it')
    .addHelpText('after', after)
    .action(async (options) => {
      const { url, agents: size, issuer, audience, scope, plan, tenants } = options;
      if (options.allowRemote !== true) assertOwn(url);
      const seed = options.seed ?? Math.floor(Math.random() * 1_000_000);
      const callers = await callersFrom({
        tokens: options.token ?? [],
        tokensFile: options.tokens,
        issuerKey: options.issuerKey,
        facts: { issuer, audience, scope, plan },
        tenants,
        seed,
        count: size,
      });
      const asked = options.protocol === 'both' ? protocols : [options.protocol];
      const found = await discover(url, callers[0]?.token, asked);
      const operations = anyOf(operationsOf(options.tool ?? [], found.tools));
      const mix = options.mix ?? defaultMix;
      const agents = planned(() =>
        planAgents({ mix, count: size, callers, operations, protocols: found.protocols, perSecond: options.rate }),
      );
      const page = options.html;
      if (page !== undefined)
        await written(
          page,
          open(page, 'a').then((file) => file.close()),
        );
      const durationMs = options.duration * 1_000;
      const scenario = {
        seed,
        durationMs,
        maxCalls: options.calls,
        maxOpenPerAgent: options.open,
        callTimeoutMs: options.timeout * 1_000,
        agents,
      };
      const skipped = asked.filter((version) => !found.protocols.includes(version));
      for (const version of skipped)
        terminal.say(`The server does not speak ${version}; all agents speak the other version.`);
      if (!terminal.isLive) terminal.say(`storm: seed ${seed}, ${size} agents for ${options.duration} s`);
      const report = await interruptible((signal) => {
        let takeAway = (): void => {};
        const onStart: NonNullable<StormOptions['onStart']> = (progress) => {
          takeAway = liveView(terminal, durationMs, progress);
        };
        return runStorm(scenario, httpTransport(url), { signal, onStart }).finally(() => takeAway());
      });
      terminal.out(options.json === true ? json(report) : reportTable(report));
      if (page !== undefined) await written(page, writeFile(page, reportPage(report)));
      if (isWrong(report)) ends(exitCode.wrong);
    });

function isWrong({ totals }: StormReport): boolean {
  return totals.broken > 0 || 'INTERNAL' in totals.failedBy || totals.ok === 0;
}

async function written(file: string, writing: Promise<void>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    throw new CannotRun(`${file} cannot be written: ${reasonOf(error)}`);
  }
}

function planned<T>(plan: () => T): T {
  try {
    return plan();
  } catch (error) {
    throw error instanceof RangeError ? new CannotRun(error.message) : error;
  }
}

/** The first SIGINT or SIGTERM aborts the signal; the second does what it always does. */
async function interruptible<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return await run(controller.signal);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}
