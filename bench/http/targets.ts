import { contenders } from './contenders.js';
import type { Measured } from './measured.js';
import { medianRatio } from './median-ratio.js';
import type { QuestionKind } from './question.js';

/** A figure of the design and what it came to. */
export interface Target {
  readonly what: string;
  readonly wanted: number;
  readonly got: number;
  readonly met: boolean;
}

/**
 * The ratios that were promised, as far as what was measured allows: the worst case of each counts. A server is only
 * compared with what was measured in the same comparison, and round by round: a ratio is the median of those of the rounds.
 */
export function targets(measured: readonly Measured[]): Target[] {
  const found: Target[] = [];
  const idsOf = (role: string) => contenders.filter((one) => one.role === role).map(({ id }) => id);
  const cell = (id: string, kind: QuestionKind, tools: number) =>
    measured.find((one) => one.id === id && one.kind === kind && one.tools === tools);
  const sizes = [...new Set(measured.map(({ tools }) => tools))];
  const add = (what: string, wanted: number, ratios: readonly number[]) => {
    const got = Math.min(...ratios.filter((one) => !Number.isNaN(one)));
    if (got === Number.POSITIVE_INFINITY) return;
    found.push({ what, wanted, got, met: got >= wanted });
  };
  const against = (ours: string, others: readonly string[], kind: QuestionKind, counts: readonly number[]) =>
    counts.flatMap((count) => others.map((other) => medianRatio(cell(ours, kind, count), cell(other, kind, count))));
  for (const { id, title, era } of contenders.filter(({ role }) => role === 'ours')) {
    const sameRequests = [`floor-${era}`];
    add(
      `${title}: tools/call against the floor, sent the same, at the worst size`,
      0.6,
      against(id, sameRequests, 'call', sizes),
    );
    add(
      `${title}: tools/call against the floor, sent less, at the worst size`,
      0.6,
      against(id, ['floor'], 'call', sizes),
    );
    add(`${title}: tools/call against the fastest recipe, 1 tool`, 11, against(id, idsOf('recipe'), 'call', [1]));
    add(`${title}: tools/call against the fastest recipe, 100 tools`, 100, against(id, idsOf('recipe'), 'call', [100]));
    add(`${title}: tools/list against the floor, 100 tools`, 0.8, against(id, ['floor'], 'list', [100]));
    const [fewest = 0, ...larger] = sizes;
    add(
      `${title}: tools/call, the slowest size against the fewest tools`,
      0.9,
      larger.map((count) => medianRatio(cell(id, 'call', count), cell(id, 'call', fewest))),
    );
  }
  return found;
}
