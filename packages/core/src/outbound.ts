import type { Outbound } from './call.js';

/** How an SDK sends something that belongs to one request. */
export interface Sends {
  progress(params: {
    progressToken: string | number;
    progress: number;
    total?: number;
    message?: string;
  }): Promise<void>;
  log(level: Parameters<Outbound['log']>[0], data: unknown): Promise<void>;
}

/** What a handler has to talk to its client with, until the call is answered. */
interface OpenOutbound {
  readonly client: Outbound;
  /** Nothing goes out any more (MCP: progress stops at completion). */
  close(): void;
}

/**
 * Progress goes out only when the client asked for it with a token, and only when it grew: what the protocol demands of
 * a server. What cannot be sent is dropped; it never fails the call.
 */
export function openOutbound(meta: Readonly<Record<string, unknown>>, sends: Sends): OpenOutbound {
  const { progressToken } = meta;
  let open = true;
  let last = Number.NEGATIVE_INFINITY;
  const ignore = () => {};
  return {
    client: {
      progress(progress, total, message) {
        if (!open || (typeof progressToken !== 'string' && typeof progressToken !== 'number')) return;
        if (!(progress > last)) return;
        last = progress;
        const rest = { ...(total === undefined ? {} : { total }), ...(message === undefined ? {} : { message }) };
        void sends.progress({ progressToken, progress, ...rest }).catch(ignore);
      },
      log(level, data) {
        if (open) void sends.log(level, data).catch(ignore);
      },
    },
    close() {
      open = false;
    },
  };
}
