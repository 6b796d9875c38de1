import type { DirectPath } from './direct-path.js';

/** What a test puts in the place of the direct path: `undefined` leaves everything to the official handler. */
export type DirectSeam = (path: DirectPath) => DirectPath | undefined;

const seam = Symbol.for('dev.sallyport/direct-seam');

/** The direct path as a test wants it. Not an option of `serve`: nobody else has a reason to change it. */
export function seenBy(options: object, path: DirectPath): DirectPath | undefined {
  const { [seam]: replace } = options as { readonly [seam]?: DirectSeam };
  return replace === undefined ? path : replace(path);
}

/** Options that put `replace` in place. */
export function withSeam(replace: DirectSeam): object {
  return { [seam]: replace };
}
