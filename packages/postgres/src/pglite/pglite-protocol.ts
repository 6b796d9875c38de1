import type { RawResult } from '../session.js';
import type { ServerError } from '../to-database-error.js';

/** To the thread: one statement on the extended protocol, or without `params` a script on the simple one. */
export interface PGliteRequest {
  readonly id: number;
  readonly text: string;
  readonly params?: readonly (string | null)[] | undefined;
}

/** From the thread; `id` 0, once, means that it has started. */
export type PGliteReply = { readonly id: number } & (
  | { readonly result: RawResult; readonly error?: never }
  | { readonly error: ServerError; readonly result?: never }
);
