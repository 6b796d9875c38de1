import type { Outbound } from './call.js';

/** A notification as both SDKs take it. */
interface Notification {
  readonly method: string;
  readonly params?: unknown;
}

/** An SDK's own way to send a notification that belongs to a request. */
export type GovernedNotify<Rest extends unknown[]> = (notification: Notification, ...rest: Rest) => Promise<void>;

/** The same, but progress goes the way of `client.progress`: it grows, is throttled, and ends with the call. */
export function governedNotify<Rest extends unknown[]>(
  notify: GovernedNotify<Rest>,
  client: Outbound,
): GovernedNotify<Rest> {
  return async (notification, ...rest) => {
    if (notification.method !== 'notifications/progress') return notify(notification, ...rest);
    const { progress, total, message } = (notification.params ?? {}) as Partial<Record<string, unknown>>;
    client.progress(Number(progress), asNumber(total), typeof message === 'string' ? message : undefined);
  };
}

function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
