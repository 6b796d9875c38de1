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
  /** `recipe` are the documented recipes of the official SDKs, which the targets name. */
  readonly role: 'floor' | 'recipe' | 'other' | 'ours';
}
