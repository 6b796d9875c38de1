import type { Outbound } from './call.js';
import { type Clock, systemClock } from './clock.js';
import { SendRate } from './send-rate.js';

/** A progress notification, as the protocol has it. */
interface ProgressParams {
  readonly progressToken: string | number;
  readonly progress: number;
  readonly total?: number;
  readonly message?: string;
}

/** How an SDK sends something that belongs to one request. */
export interface Sends {
  progress(params: ProgressParams): Promise<void>;
  log(level: Parameters<Outbound['log']>[0], data: unknown): Promise<void>;
}

/** What a handler has to talk to its client with, until the call is answered. */
interface OpenOutbound {
  readonly client: Outbound;
  /** Nothing goes out any more (MCP: progress stops at completion), but for the last progress if it was held back. */
  close(): void;
}

/**
 * Progress goes out only when the client asked for it with a token, and only when it grew: what the protocol demands of
 * a server. Of each, progress and log messages, 20 go out at once and 20 a second after that: of progress that comes faster
 * the latest is kept for the end, of log messages none. What cannot be sent is dropped; it never fails the call.
 */
export function openOutbound(
  meta: Readonly<Record<string, unknown>>,
  sends: Sends,
  clock: Clock = systemClock,
): OpenOutbound {
  const { progressToken } = meta;
  let open = true;
  let last = Number.NEGATIVE_INFINITY;
  let held: ProgressParams | undefined;
  let progressRate: SendRate | undefined;
  let logRate: SendRate | undefined;
  return {
    client: {
      progress(progress, total, message) {
        if (!open || (typeof progressToken !== 'string' && typeof progressToken !== 'number')) return;
        if (!(progress > last)) return;
        last = progress;
        const rest = { ...(total === undefined ? {} : { total }), ...(message === undefined ? {} : { message }) };
        const params = { progressToken, progress, ...rest };
        progressRate ??= new SendRate(clock);
        if (progressRate.take()) {
          held = undefined;
          void sends.progress(params).catch(ignore);
        } else held = params;
      },
      log(level, data) {
        logRate ??= new SendRate(clock);
        if (open && logRate.take()) void sends.log(level, data).catch(ignore);
      },
    },
    close() {
      if (open && held !== undefined) void sends.progress(held).catch(ignore);
      open = false;
    },
  };
}

function ignore(): void {}
