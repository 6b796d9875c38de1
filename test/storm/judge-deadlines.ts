import type { RecordedCall, Way } from './history.js';

/** For the way there and back, and for what ends a call at its time. */
const slackMs = 1_000;

/**
 * Calls that were answered later than their callers gave them. Beyond a second of slack they are given what a question that
 * asks nothing (`/health`) took on the same way at the same time: on a machine that runs everything the way can be long.
 */
export function judgeDeadlines(calls: readonly RecordedCall[], ways: readonly Way[]): readonly string[] {
  return calls.flatMap(({ sentAt, receivedAt, timeoutMs, agent, tool, code }) => {
    const tookMs = receivedAt - sentAt;
    if (timeoutMs === undefined || tookMs <= timeoutMs + slackMs) return [];
    const meanwhile = ways.filter((way) => way.at >= sentAt - way.tookMs && way.at <= receivedAt);
    const wayMs = Math.max(0, ...meanwhile.map((way) => way.tookMs));
    if (tookMs <= timeoutMs + slackMs + wayMs) return [];
    return [
      `${tool} of ${agent} was answered ${code} after ${Math.round(tookMs)} of ${timeoutMs} ms, sent at ${Math.round(sentAt)} ms`,
    ];
  });
}
