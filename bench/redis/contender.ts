/** Two windows that a call must pass together. */
export interface Windows {
  readonly shortSeconds: number;
  readonly shortLimit: number;
  readonly longSeconds: number;
  readonly longLimit: number;
}

/** A limiter on a connection of its own. */
export interface Limiter {
  /** Whether the caller may go on. */
  decide(caller: string): Promise<boolean>;
  close(): void;
}

/** One way to limit calls on Redis. */
export interface Contender {
  readonly id: string;
  readonly title: string;
  open(url: string, prefix: string, windows: Windows): Promise<Limiter>;
}
