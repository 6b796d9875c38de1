import type { ErrorFacts } from '@sallyport/core';
import type { Alert } from './alert.js';
import { cell, query, writtenBy } from './markdown.js';
import { errorCodes, isForToolOwner, type OwnedTool } from './owners.js';
import { calls } from './promql.js';
import { toolPage, toolPath, withOwner } from './tool-page.js';

/** The pages of the runbook: name of the file to text. */
export function runbook(alerts: readonly Alert[], tools: readonly OwnedTool[]): Map<string, string> {
  return new Map([
    ['README.md', contents(alerts, tools)],
    ['alerts.md', alertsPage(alerts.filter(({ page }) => page === 'alerts'))],
    ...errorCodes.map(([code, facts]): [string, string] => [`${code}.md`, codePage(code, facts, alerts, tools)]),
    ...withOwner(tools).map((tool): [string, string] => [toolPath(tool), toolPage(tool, alerts)]),
  ]);
}

function contents(alerts: readonly Alert[], tools: readonly OwnedTool[]): string {
  const rows = errorCodes.map(([code, { owner, action }]) => `| [${code}](${code}.md) | ${owner} | ${action} |`);
  const others = namesOf(alerts.filter(({ page }) => page === 'alerts')).map(
    (name) => `- [${name}](alerts.md#${name.toLowerCase()})`,
  );
  return `${writtenBy}

# Runbook

By the code of the failed calls: \`error_code\` in the log, \`error_type\` in the metrics.

| code | owner | what the owner does |
| --- | --- | --- |
${rows.join('\n')}

By alert, where it is not about one code:

${others.join('\n')}
${toolTable('\nBy tool, where it has an owner of its own:\n', tools, '')}`;
}

function namesOf(alerts: readonly Alert[]): string[] {
  return [...new Set(alerts.map(({ name }) => name))];
}

function alertsPage(alerts: readonly Alert[]): string {
  const sections = namesOf(alerts).map((name) => {
    const own = alerts.filter((alert) => alert.name === name);
    const owners = [...new Set(own.map(({ owner }) => owner))].map(cell).join(', ');
    const [first] = own;
    return `## ${name}

${[...new Set(own.map(({ summary }) => inWords(summary)))].join(' ')}

**Owner:** ${owners}. **First:** ${first?.action ?? ''}

${own.map(({ expr }) => query(expr)).join('\n')}`;
  });
  return `${writtenBy}\n\n# Alerts that are not about one code\n\n${sections.join('\n')}`;
}

function codePage(code: string, facts: ErrorFacts, alerts: readonly Alert[], tools: readonly OwnedTool[]): string {
  const own = alerts.filter(({ page }) => page === code);
  const owners = isForToolOwner(facts)
    ? toolTable('\nThe owner is that of the tool, where it names one:\n', tools, `#${code.toLowerCase()}`)
    : '';
  const alerted = own.length === 0 ? '\nThere is no alert on it: its owner has nothing to do.\n' : '';
  return `${writtenBy}

# ${code}

${facts.means}

**Owner:** ${facts.owner}. **What to do:** ${facts.action}
${owners}
The caller may try again: ${facts.retry}. Where it is answered over HTTP, the status is ${facts.http}.
${alerted}
## Where it happens

By tool:

${query(`sum by (gen_ai_tool_name) (increase(${calls}{error_type="${code}"}[1h]))`)}
By agent and tenant, from the log:

\`\`\`sh
jq -c 'select(.error_code == "${code}") | [.time, .tool_name, .tenant, .agent_id, .error_id]' server.log
\`\`\`

A caller that was given an \`errorId\` has one line in the log with that \`error_id\`; of faults it holds the cause.
${own.map(({ name, owner, expr }) => `\n## ${name}, for ${cell(owner)}\n\n${query(expr)}`).join('')}`;
}

/** Under a heading, the tools with owners of their own and where their pages are; nothing without such tools. */
function toolTable(heading: string, tools: readonly OwnedTool[], anchor: string): string {
  const rows = withOwner(tools).map(
    (tool) => `| [\`${tool.name}\`](${toolPath(tool)}${anchor}) | ${cell(tool.owner)} |\n`,
  );
  return rows.length === 0 ? '' : `${heading}\n| tool | owner |\n| --- | --- |\n${rows.join('')}`;
}

/** Names of labels instead of the notation of Prometheus. */
function inWords(summary: string): string {
  return summary.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, '`$1`').replaceAll(/\{\{.*?\}\}/g, 'n');
}
