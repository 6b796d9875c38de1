import type { ErrorCode } from './error-table.js';
import type { Principal } from './principal.js';
import type { ToolFacts } from './tool-facts.js';

/** A request that a host refused before its call began: no layer saw it, and no {@link Report} is told of it. */
export interface Refusal {
  /**
   * Why: no valid token, a scope that is missing, too many requests, of a caller that was told to wait or from an address without
   * a valid token, or a name that no tool of the server has, which is a mistake and no denial.
   */
  readonly code: Extract<ErrorCode, 'UNAUTHENTICATED' | 'INSUFFICIENT_SCOPE' | 'RATE_LIMITED'> | 'UNKNOWN_TOOL';
  /** Who was refused, when that is verified. Nothing of a token that was not verified is in here. */
  readonly principal?: Principal;
  /** The tool that was named, when it was looked for and the server has it. */
  readonly tool?: ToolFacts;
}

/**
 * Told of every refusal, before it is answered, and of nothing that is let in. It must not throw, and must be quick: a host
 * refuses thousands a second.
 */
export type OnRefusal = (refusal: Refusal) => void;
