import type { RecordedCall } from './history.js';

/** Answers that held a row of another tenant than their caller's. */
export function judgeRows(calls: readonly RecordedCall[]): readonly string[] {
  return calls.flatMap(({ tenant, agent, tool, tenantsSeen = [] }) =>
    tenantsSeen
      .filter((seen) => seen !== tenant)
      .map((seen) => `${tool} showed ${agent} of ${tenant} a row of ${seen}`),
  );
}
