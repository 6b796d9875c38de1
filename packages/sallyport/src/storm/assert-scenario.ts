import type { Rhythm } from './rhythm.js';
import type { Scenario } from './scenario.js';

const longestMs = 86_400_000;

/** Throws a `RangeError` that names what cannot be run. */
export function assertScenario(scenario: Scenario): void {
  const { seed, durationMs, maxCalls, maxOpenPerAgent, callTimeoutMs, agents } = scenario;
  if (!Number.isSafeInteger(seed)) throw new RangeError('seed must be a whole number');
  for (const [name, ms] of Object.entries({ durationMs, callTimeoutMs })) {
    if (!(ms > 0 && ms <= longestMs)) throw new RangeError(`${name} must be more than 0, and at most a day`);
  }
  for (const [name, count] of Object.entries({ maxCalls, maxOpenPerAgent })) {
    if (!Number.isSafeInteger(count) || count < 1) throw new RangeError(`${name} must be a whole number from 1`);
  }
  if (agents.length === 0) throw new RangeError('a storm needs at least one agent');
  if (new Set(agents.map(({ name }) => name)).size < agents.length) throw new RangeError('names of agents must differ');
  for (const { name, behaviour } of agents) {
    if (!isPossible(behaviour.rhythm)) throw new RangeError(`the rhythm of ${name} cannot be kept`);
  }
}

/** The figures are positive, and not so high that an agent would never be done with what is due. */
function isPossible(rhythm: Rhythm): boolean {
  switch (rhythm.kind) {
    case 'steady':
      return rhythm.perSecond > 0 && rhythm.perSecond <= 10_000;
    case 'bursts':
      return Number.isSafeInteger(rhythm.size) && rhythm.size > 0 && rhythm.size <= 10_000 && rhythm.pauseMs >= 1;
    case 'loop':
      return rhythm.thinkMs >= 0 && Number.isFinite(rhythm.thinkMs);
  }
}
