const off = Symbol.for('dev.sallyport/without-direct-path');

/** Whether a test asked for the official handler alone, to compare the two. Not an option: there is no reason to want it. */
export function withoutDirectPath(options: object): boolean {
  return Object.hasOwn(options, off);
}

/** Asks for it. */
export const officialOnly: object = { [off]: true };
