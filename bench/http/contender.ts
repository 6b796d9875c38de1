/** Which generation of the protocol a client speaks. */
export type Era = 'legacy' | 'modern';

/** One row of the table: a server program and the era it is asked in. */
export interface Contender {
  /** For `--only`. */
  readonly id: string;
  readonly title: string;
  /** In `bench/`. */
  readonly program: string;
  /** Further options of the program. */
  readonly options?: readonly string[];
  readonly era: Era;
  /** Sent a bearer token as long as ours, which it does not read: so its requests are the same. */
  readonly sentToken?: true;
  /** `floor` are two: sent a small request, and sent what we are sent. `recipe` are the documented recipes of the official SDKs, which the targets name. */
  readonly role: 'floor' | 'recipe' | 'other' | 'ours';
}
