/** The option as a whole number from `least`. Throws a `RangeError` that names the option. */
export function wholeNumber(option: string, text: string, least = 1): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`--${option} must be a whole number from ${least}, not "${text}"`);
  }
  return value;
}
