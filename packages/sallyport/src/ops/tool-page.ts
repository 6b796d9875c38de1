import type { Alert } from './alert.js';
import { cell, query, writtenBy } from './markdown.js';
import { errorCodes, isForToolOwner, type OwnedTool, plainText } from './owners.js';
import { calls, oneOf } from './promql.js';

/** A tool that names its own owner. */
export type ToolWithOwner = OwnedTool & { readonly owner: string };

/** The tools whose owner is not just whoever the error table names. */
export function withOwner(tools: readonly OwnedTool[]): ToolWithOwner[] {
  return tools.filter((tool): tool is ToolWithOwner => tool.owner !== undefined);
}

/** Where its page is, below the runbook. A folder of its own: a tool may be called as a code is. */
export function toolPath({ name }: OwnedTool): string {
  return `tools/${name}.md`;
}

/** What its owner needs when it fails: each code that is the owner's, and the alerts that the owner is sent. */
export function toolPage({ name, owner, timeoutMs }: ToolWithOwner, alerts: readonly Alert[]): string {
  const own = alerts.filter((alert) => alert.owner === plainText(owner));
  const names = [...new Set(own.map((alert) => alert.name))];
  const codes = errorCodes.filter(([, facts]) => isForToolOwner(facts));
  const time = timeoutMs === undefined ? '' : ` Each call has ${timeoutMs / 1_000} seconds.`;
  const sections = codes.map(([code, { means, action }]) => {
    const of = `gen_ai_tool_name="${name}", error_type="${code}"`;
    return `## ${code}

${means} [More](../${code}.md).

**What to do:** ${action}

${query(`sum by (instance) (increase(${calls}{${of}}[1h]))`)}
\`\`\`sh
jq -c 'select(.tool_name == "${name}" and .error_code == "${code}") | [.time, .tenant, .agent_id, .error_id, .cause]' server.log
\`\`\`
`;
  });
  return `${writtenBy}

# \`${name}\`

**Owner:** ${cell(owner)}.${time} Codes that are not below belong to others, whatever tool failed: the [contents](../README.md) say whom.

The owner is sent ${names.map((alert) => `\`${alert}\``).join(', ')}. How its calls end:

${query(`sum by (error_type) (increase(${calls}{gen_ai_tool_name=~${oneOf([name])}}[1h]))`)}
${sections.join('\n')}`;
}
