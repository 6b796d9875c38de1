/** A request state whose seal held. */
export class OpenedState {
  readonly id: string;
  /** Unix milliseconds. */
  readonly until: number;
  /** Of the request it was sealed in. */
  readonly digest: string;
  readonly payload: unknown;

  constructor(id: string, until: number, digest: string, payload: unknown) {
    this.id = id;
    this.until = until;
    this.digest = digest;
    this.payload = payload;
  }
}
