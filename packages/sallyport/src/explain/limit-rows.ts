import type { EffectiveLimits, EffectivePolicy, ShownLimits } from './effective-policy.js';

/** The columns of {@link limitRows}. */
export const limitHead = ['plan', 'whose', 'on', 'per minute', 'per hour', 'at once', 'per day', 'per month'] as const;

const scopes = [
  ['agent', 'each agent', 'all tools'],
  ['tenant', 'each tenant', 'all tools'],
  ['agentAndTool', 'each agent', undefined],
  ['tenantAndTool', 'each tenant', undefined],
] as const;

/** Every limit once: those of all tools, which each tool shows, too. */
export function limitRows(policies: readonly EffectivePolicy[]): string[][] {
  const rows = new Map<string, string[]>();
  for (const { name, limits = {}, plans = {} } of policies) {
    for (const [plan, shown] of [['', limits] as const, ...Object.entries(plans)]) {
      for (const row of rowsOf(name, plan, shown)) rows.set(JSON.stringify(row), row);
    }
  }
  // A plan's limits are those of everybody where they do not depend on it.
  const all = [...rows.values()];
  const ofEverybody = new Set(all.filter(([plan]) => plan === '').map((row) => JSON.stringify(row.slice(1))));
  return all
    .filter((row) => row[0] === '' || !ofEverybody.has(JSON.stringify(row.slice(1))))
    .sort((a, b) => order(a) - order(b));
}

/** What holds for all tools first; otherwise as they were declared. */
function order([, , on]: readonly string[]): number {
  return on === 'all tools' ? 0 : 1;
}

function rowsOf(tool: string, plan: string, limits: EffectiveLimits): string[][] {
  return scopes.flatMap(([scope, whose, on = tool]) => {
    const cells = cellsOf(limits[scope]);
    return cells === undefined ? [] : [[plan, whose, on, ...cells]];
  });
}

function cellsOf(limits: ShownLimits | undefined): string[] | undefined {
  if (limits === undefined) return undefined;
  if (limits === 'by principal') return ['by plan', 'by plan', 'by plan', 'by plan', 'by plan'];
  const { perMinute, perHour, concurrent, budget = {} } = limits;
  const shown = [perMinute, perHour, concurrent, budget.perDay, budget.perMonth];
  const cells = shown.map((limit) => (limit === undefined ? '' : `${limit}`));
  return cells.every((cell) => cell === '') ? undefined : cells;
}
