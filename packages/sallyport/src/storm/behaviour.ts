import type { Priority } from '@sallyport/core';
import type { Manners } from './manners.js';
import type { Rhythm } from './rhythm.js';

/** How one kind of agent behaves: when it calls, what a refusal makes it do, and how it leaves. */
export interface Behaviour {
  readonly rhythm: Rhythm;
  readonly manners: Manners;
  /** What its calls ask for in `_meta`; a server may lower what it gives, never raise it. Default: none is asked for. */
  readonly priority?: Priority;
  /** The share of its calls that it gives up before they are answered, each within `withinMs`. Default: none. */
  readonly quits?: { readonly share: number; readonly withinMs: number };
  /** Whether it chooses one operation at first and calls nothing else: the loop of a planner. Default false. */
  readonly fixated?: boolean;
}
