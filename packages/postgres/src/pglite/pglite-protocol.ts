import type { RawResult } from '../session.js';
import type { ServerError } from '../to-database-error.js';

/** To the thread: one statement on the extended protocol, or without `params` a script on the simple one. */
export interface PGliteRequest {
  readonly id: number;
  readonly text: string;
  readonly params?: readonly (string | null)[] | undefined;
  readonly maxBytes?: number | undefined;
}

/** What a statement came to; `tooLarge` when it wrote more than `maxBytes`. */
export type PGliteOutcome =
  | { readonly result: RawResult; readonly tooLarge?: never; readonly error?: never }
  | { readonly tooLarge: true; readonly result?: never; readonly error?: never }
  | { readonly error: ServerError; readonly result?: never; readonly tooLarge?: never };

/** From the thread; `id` 0, once, means that it has started. */
export type PGliteReply = { readonly id: number } & PGliteOutcome;
