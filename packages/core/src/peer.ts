/** Where an edge keeps who is at the other end of a connection: on what it hands out as `call.sdk`, or on the HTTP request in it. */
export const peer: unique symbol = Symbol('peer');

/** Who is at the other end, for traces. Never for decisions: behind a proxy it is what that proxy says. */
export interface Peer {
  readonly address: string;
  /** Not known for what a proxy forwarded. */
  readonly port?: number | undefined;
}

/** Who is at the other end of a call's connection, where the edge said so. */
export function peerOf(sdk: unknown): Peer | undefined {
  const own = sdk as Carrier | undefined;
  return own?.[peer] ?? own?.http?.req?.[peer];
}

interface Carrier {
  readonly [peer]?: Peer;
  readonly http?: { readonly req?: { readonly [peer]?: Peer } };
}
