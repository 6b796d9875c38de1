import type { RecordedCall } from './history.js';

/** One restart of one instance, with times of `performance.now`. */
export interface Restart {
  readonly port: number;
  readonly signalAt: number;
  readonly exitAt: number;
  readonly readyAt: number;
  readonly drain: readonly { readonly event: string; readonly at: number }[];
}

/** When in which restart a call was sent that ended without an answer, in a sentence, so that nobody has to guess why. */
export function whereLost(
  { code, sentAt, receivedAt }: Pick<RecordedCall, 'code' | 'sentAt' | 'receivedAt'>,
  restarts: readonly Restart[],
): string {
  const restart = restarts.findLast(({ signalAt }) => signalAt <= receivedAt);
  if (restart === undefined) return `${code} before the first restart`;
  const { port, signalAt, exitAt, readyAt, drain } = restart;
  const steps = [...drain, { event: 'ended', at: exitAt }, { event: 'ready again', at: readyAt }];
  const after = (at: number) => `${(at - signalAt).toFixed(1)} ms`;
  const said = steps.map(({ event, at }) => `${event} at ${after(at)}`).join(', ');
  return `${code}: sent at ${after(sentAt)} and over at ${after(receivedAt)} of the restart of ${port}: ${said}`;
}
