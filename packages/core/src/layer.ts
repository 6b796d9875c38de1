import type { Call } from './call.js';
import type { Measure } from './measure.js';
import type { Principal } from './principal.js';
import type { ToolFacts } from './tool-facts.js';
import type { ToolResult } from './tool-result.js';

/** Answers one call. Layers turn handlers into handlers. */
export type Handler<C extends Call = Call> = (call: C) => Promise<ToolResult>;

/** What a call comes to, between layers of ours: a promise only where something waits. */
export type Answered = ToolResult | Promise<ToolResult>;

/** A {@link Handler} that answers, or throws, at once where nothing waits: of a promise for what is there already most costs are its own. */
export type PromptHandler<C extends Call = Call> = (call: C) => Answered;

/**
 * One guard around a handler. `Needs` is what must already be on the call, `Adds` what it puts there, `Policy` what a tool
 * must or may declare for it.
 *
 * @example
 * ```ts
 * import type { Clock, Layer } from '@sallyport/core';
 *
 * const stamp = (clock: Clock): Layer<unknown, { readonly receivedAt: number }> => ({
 *   name: 'stamp',
 *   wrap: (next) => (call) => next({ ...call, receivedAt: clock.now() }),
 * });
 * ```
 */
export interface Layer<in Needs = unknown, out Adds = unknown, in Policy = unknown> {
  readonly name: string;
  /**
   * The policy fields that this layer reads. A field that no layer of a stack reads is refused at registration: a guard that
   * was declared and is not there must not pass in silence.
   */
  readonly fields?: readonly (keyof Policy & string)[];
  /**
   * Runs once per tool, at registration. A layer that has nothing to do for the tool returns `next` itself.
   */
  readonly wrap: <C extends Call & Needs>(next: Handler<C & Adds>, tool: ToolFacts & Policy) => Handler<C>;
  /**
   * The effective policy for this tool, defaults filled in, as data for `explain` and for edges that must know it before
   * the call (scopes). Runs once, before any `wrap`; `undefined` when the layer does nothing for the tool. Throws a
   * {@link PolicyError} when a field is missing or wrong: the same rule as the types, for callers the types do not reach.
   */
  readonly policy?: (tool: Omit<ToolFacts, 'policy'> & Partial<Policy>) => object | undefined;
  /** The same for one caller, where it depends on who calls: limits by plan. For `explain` alone. Absent: it does not depend. */
  readonly policyFor?: (tool: ToolFacts & Policy, principal: Principal) => object | undefined;
  /** What the layer can say of itself at any time, for metrics. Asked for at a scrape, so it costs a call nothing. */
  readonly measures?: () => readonly Measure[];
}
