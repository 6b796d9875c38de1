import type { UsageRow } from '@sallyport/core';
import { table } from '../table.js';

const head = ['tenant', 'issuer', 'agent', 'tool', 'cost', 'calls', 'seconds', 'input tokens', 'output tokens'];

/** The rows as a table; of the names, those that there are. */
export function usageText(rows: readonly UsageRow[], styleHead: (line: string) => string): string {
  if (rows.length === 0) return 'nobody spent anything in these days\n';
  return table(
    head,
    rows.map(({ tenant = '', issuer = '', agent = '', tool = '', ...took }) => [
      ...[tenant, issuer, agent, tool],
      `${took.cost}`,
      `${took.calls}`,
      (took.handlerMs / 1_000).toFixed(1),
      `${Math.round(took.inputTokens)}`,
      `${Math.round(took.outputTokens)}`,
    ]),
    styleHead,
  );
}
