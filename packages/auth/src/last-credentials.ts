import { type Credentials, credentials } from './credentials.js';
import { tokenHash } from './token-hash.js';

/** Credentials with the name of their token in memory. */
export interface HashedCredentials extends Credentials {
  /** {@link tokenHash} of the token. */
  readonly hash: string;
}

interface Seen {
  readonly authorization: string;
  readonly presented: HashedCredentials;
}

/**
 * Reads `Authorization` headers, and hashes what came last on each connection only once: a client sends the same token with
 * every request. Decides nothing, so whether the token still counts is asked each time. It keeps one header for each open
 * connection, as Node does with the last request on it.
 */
export class LastCredentials {
  readonly #dpop: boolean;
  readonly #seen = new WeakMap<object, Seen>();

  /** `dpop`: whether that scheme is taken. */
  constructor(dpop: boolean) {
    this.#dpop = dpop;
  }

  /** Throws as {@link credentials} does. Without a connection nothing is kept. */
  of(authorization: string | undefined, connection: object | undefined): HashedCredentials {
    const seen = connection && this.#seen.get(connection);
    if (seen !== undefined && seen.authorization === authorization) return seen.presented;
    const { scheme, token } = credentials(authorization, this.#dpop);
    const presented = { scheme, token, hash: tokenHash(token) };
    if (connection !== undefined && authorization !== undefined)
      this.#seen.set(connection, { authorization, presented });
    return presented;
  }
}
