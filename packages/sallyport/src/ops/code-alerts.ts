import type { ErrorFacts } from '@sallyport/core';
import type { Alert } from './alert.js';
import { errorCodes, isForToolOwner, type OwnedTool, toolsByOwner } from './owners.js';
import { calls, oneOf, spike, waitedFor } from './promql.js';

/** Of these one is too many, whatever was usual. */
const rare: ReadonlySet<string> = new Set(['OUTCOME_UNKNOWN', 'TENANT_FORBIDDEN']);

/** One alert for each code whose owner has something to do: when it is far more frequent than in the hour before. */
export function codeAlerts(tools: readonly OwnedTool[]): Alert[] {
  return errorCodes
    .filter(([, { action }]) => action !== 'None.')
    .flatMap(([code, facts]) => {
      if (!isForToolOwner(facts)) return [codeAlert(code, facts, facts.owner, '')];
      return [...toolsByOwner(tools, facts.owner)].map(([owner, owned]) => {
        return codeAlert(code, facts, owner, `, gen_ai_tool_name=~${oneOf(owned.map(({ name }) => name))}`);
      });
    });
}

function codeAlert(code: string, { action }: ErrorFacts, owner: string, which: string): Alert {
  const series = `${calls}{error_type="${code}", ${waitedFor}${which}}`;
  const isRare = rare.has(code);
  // The first of all makes a series, and nothing that increases.
  const any = `sum by (gen_ai_tool_name) (increase(${series}[15m])) > 0 or sum by (gen_ai_tool_name) (${series} unless ${series} offset 15m) > 0`;
  return {
    name: `Sallyport${camel(code)}`,
    expr: isRare ? any : spike(series, 'gen_ai_tool_name', 0.1),
    lasts: isRare ? '0m' : '5m',
    severity: code === 'OUTCOME_UNKNOWN' ? 'page' : 'ticket',
    owner,
    summary: isRare
      ? `Calls of {{ $labels.gen_ai_tool_name }} ended with ${code}.`
      : `Calls of {{ $labels.gen_ai_tool_name }} end with ${code} five times as often as in the hour before.`,
    action,
    page: code,
  };
}

function camel(code: string): string {
  return code
    .split('_')
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join('');
}
