import { principalIn } from './auth-info.js';
import type { Principal } from './principal.js';

/** Who calls, for transports that cannot say it in Sallyport's own way. */
export interface AdapterOptions {
  /** The caller of a transport without credentials (stdio, in memory), from configuration. Never used when there is an `authInfo`. */
  readonly principal?: Principal;
  /**
   * Reads the principal out of an `authInfo` that somebody else's verifier made. Should give the same object for the same
   * token, for as long as it is used. Without it, or when it throws, such a caller is not known.
   */
  readonly principalOf?: (authInfo: object) => Principal | undefined;
}

/** The verified caller of a request. What the client says of itself never decides it. */
export function callerOf(authInfo: object | undefined, options: AdapterOptions): Principal | undefined {
  if (authInfo === undefined) return options.principal;
  const carried = principalIn(authInfo);
  if (carried !== undefined) return carried;
  try {
    return options.principalOf?.(authInfo);
  } catch {
    return undefined;
  }
}
