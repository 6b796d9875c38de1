import type { Random } from '@sallyport/core';

/**
 * A stream of numbers in [0, 1) that is the same in every run: one stream for each pair of seed and number, so that what one agent
 * draws changes nothing for another. The generator is splitmix32. Not for secrets.
 */
export function seededRandom(seed: number, stream: number): Random {
  let state = mix(mix(seed) ^ Math.imul(stream + 1, 0x9e3779b9));
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return mix(state) / 2 ** 32;
  };
}

function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
