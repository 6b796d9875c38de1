/** Where the sessions of the 2025 era are counted and known to belong to somebody. Every verb is atomic. */
export interface SessionStore {
  /**
   * Opens a session that ends when it is not touched for `idleMs`. `owner_full` and `full`: there are `maxPerOwner` of this
   * owner, or `maxInAll`, already; nothing was opened.
   */
  open(session: SessionBounds & SessionKey): Promise<'opened' | 'owner_full' | 'full'>;
  /** Whether the session is open and this owner's; if so, its idle time starts again. */
  touch(session: SessionKey & Pick<SessionBounds, 'idleMs'>): Promise<boolean>;
  /** Ends it, if it is this owner's. It is never open again. */
  end(session: SessionKey): Promise<void>;
}

/** A session is known by its id and its owner together; the id alone opens nothing. */
export interface SessionKey {
  readonly id: string;
  readonly owner: string;
}

/** How many sessions there may be, and how long each waits. */
export interface SessionBounds {
  readonly maxPerOwner: number;
  readonly maxInAll: number;
  /** Milliseconds without a request and without an open stream. */
  readonly idleMs: number;
}
