import type { Admission, AdmissionRequest } from './admission-store.js';
import type { Interruption } from './interruption.js';
import type { Principal } from './principal.js';
import type { Priority } from './priority.js';
import type { ToolFacts } from './tool-facts.js';
import type { Watch } from './watch.js';
import type { Work } from './work.js';

/** What a handler may send to the client while it runs. Both are silent when the client asked for neither. */
export interface Outbound {
  /** Reports progress; `progress` must grow from one report to the next. */
  progress(progress: number, total?: number, message?: string): void;
  /** Sends a log message to the client. Never put a secret or an internal name in it. */
  log(
    level: 'debug' | 'info' | 'notice' | 'warning' | 'error' | 'critical' | 'alert' | 'emergency',
    data: unknown,
  ): void;
}

/** One tools/call, SDK-neutral. Never mutated: a layer that adds something passes a copy on. */
export interface Call {
  /** The registered tool. */
  readonly tool: ToolFacts;
  /** Raw arguments; `validate` is itself a layer. */
  readonly input: unknown;
  readonly requestId: string;
  /** Aborts on disconnect, deadline or drain. */
  readonly signal: AbortSignal;
  /** Verified at the edge, never inside a layer. */
  readonly auth?: Principal | undefined;
  /** The request's `_meta`: trace context, idempotency key. */
  readonly meta: Readonly<Record<string, unknown>>;
  /** Progress and log messages to the client. */
  readonly client: Outbound;
  /** Who watches the call, if anybody does. */
  readonly watch?: Watch | undefined;
  /** What still runs after the answer went out. */
  readonly work: Work;
  /** How much it matters to others that wait for the same thing, as `shed` decided. Without it: `default`. */
  readonly priority?: Priority | undefined;
  /** Told how the limits of the call were decided, before it runs. For a transport that says so in headers; must not throw. */
  readonly onAdmission?: OnAdmission | undefined;
  /** Set by a layer that has something to ask in the handler's place (a reconciliation). The handler runs only when it resolves to `undefined`. */
  readonly instead?: (input: unknown, call: Call) => unknown;
  /** The transaction that an idempotency store opened for a `transactional` effect; what it is, is the store's own affair. */
  readonly transaction?: unknown;
  /** The SDK's own `extra` or `ctx`, untouched, where an adapter has one. */
  readonly sdk?: unknown;
}

/** Takes a decision about limits. */
export type OnAdmission = (request: AdmissionRequest, admission: Admission) => void;

/** What an adapter hands to `Tool.call`: the rest of the {@link Call} is the framework's. */
export type CallRequest = Partial<
  Pick<Call, 'signal' | 'auth' | 'meta' | 'client' | 'requestId' | 'sdk' | 'onAdmission'>
> & {
  readonly input: unknown;
  /** In place of `signal`, by a host that interrupts calls itself. */
  readonly interruption?: Interruption;
};
