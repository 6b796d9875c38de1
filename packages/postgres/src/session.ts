/** What one statement gave: rows as Postgres wrote them, before decoding. */
export interface RawResult {
  readonly columns: readonly { readonly name: string; readonly oid: number }[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** The first word of the command tag; `COMMIT` of a failed transaction answers `ROLLBACK`. */
  readonly command: string;
  /** Of INSERT, UPDATE, DELETE and MERGE; otherwise the number of rows or 0. */
  readonly affectedRows: number;
}

/** One connection to Postgres, as both drivers provide it. One call at a time. Throws a `DatabaseError`. */
export interface Session {
  /** Runs several statements on the simple protocol. Only for text this package wrote: nothing of a caller is ever in it. */
  script(text: string): Promise<void>;
  /**
   * Runs exactly one statement on the extended protocol, where a second one is refused by the server. `maxBytes` bounds what
   * a result may bring out of Postgres, and how much of it is kept here: beyond it, a `ResultTooLarge` is thrown.
   */
  statement(text: string, params?: readonly (string | null)[], maxBytes?: number): Promise<RawResult>;
}
