import { type Clock, systemClock } from '@sallyport/core';
import type { SessionStore } from './session-store.js';

interface Entry {
  readonly owner: string;
  readonly until: number;
}

/**
 * Sessions of this process. What has expired is forgotten when the next one is opened.
 *
 * @example
 * ```ts
 * import type { Tool } from '@sallyport/core';
 * import { memorySessions, serve } from '@sallyport/http';
 *
 * export const start = (tools: Tool[]) =>
 *   serve(tools, {
 *     anonymous: true,
 *     serverInfo: { name: 'demo', version: '1.0.0' },
 *     sessions: memorySessions(),
 *   });
 * ```
 */
export function memorySessions(clock: Clock = systemClock): SessionStore {
  // A touched session goes to the end; with one idle time for all, the oldest to expire is always the first.
  const sessions = new Map<string, Entry>();
  const counts = new Map<string, number>();
  const remove = (id: string, owner: string) => {
    sessions.delete(id);
    const left = (counts.get(owner) ?? 0) - 1;
    if (left > 0) counts.set(owner, left);
    else counts.delete(owner);
  };
  const forgetExpired = () => {
    const now = clock.now();
    for (const [id, { owner, until }] of sessions) {
      if (until > now) return;
      remove(id, owner);
    }
  };
  const known = (id: string, owner: string) => {
    const entry = sessions.get(id);
    return entry !== undefined && entry.owner === owner && entry.until > clock.now();
  };
  return {
    async open({ id, owner, maxPerOwner, maxInAll, idleMs }) {
      forgetExpired();
      const count = counts.get(owner) ?? 0;
      if (count >= maxPerOwner) return 'owner_full';
      if (sessions.size >= maxInAll) return 'full';
      sessions.set(id, { owner, until: clock.now() + idleMs });
      counts.set(owner, count + 1);
      return 'opened';
    },
    async touch({ id, owner, idleMs }) {
      if (!known(id, owner)) return false;
      sessions.delete(id);
      sessions.set(id, { owner, until: clock.now() + idleMs });
      return true;
    },
    async end({ id, owner }) {
      if (sessions.get(id)?.owner === owner) remove(id, owner);
    },
  };
}
