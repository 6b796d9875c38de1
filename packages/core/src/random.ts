/** Numbers in [0, 1) that spread what would otherwise happen at once. Not for secrets. */
export type Random = () => number;

/** The runtime's cryptographic source, 32 bits at a time. */
export const systemRandom: Random = () => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32;
