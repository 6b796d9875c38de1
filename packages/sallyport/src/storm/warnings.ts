import type { StormReport } from './report.js';

const lateMs = 50;

/** What keeps the figures of a storm from being taken as they are; empty when nothing does. */
export function warningsOf({ totals, lateness, agents, endedBy }: StormReport): string[] {
  const warnings: string[] = [];
  if (lateness !== undefined && lateness.p99 > lateMs) {
    warnings.push(
      `The storm itself was late: one call in a hundred was sent ${Math.round(lateness.p99)} ms or more after it was meant to be. Latencies include that. Use fewer agents, or a machine of its own.`,
    );
  }
  if (totals.unsent > 0) {
    warnings.push(
      `${totals.unsent} calls were not sent, because too many calls of their agents were open. Their latencies are missing.`,
    );
  }
  if (totals.unfinished > 0) {
    warnings.push(`${totals.unfinished} calls were cut off when the storm was ended. Their latencies are missing.`);
  }
  const callers = new Set(agents.map(({ tenant, subject }) => JSON.stringify([tenant, subject])));
  if (callers.size < agents.length) {
    warnings.push(
      `${agents.length} agents shared ${callers.size} ${callers.size === 1 ? 'caller' : 'callers'}: to the server, agents with one token are one, and share its limits.`,
    );
  }
  if (endedBy !== 'time')
    warnings.push(`The storm ended early, by ${endedBy === 'calls' ? 'its bound of calls' : 'a signal'}.`);
  return warnings;
}
