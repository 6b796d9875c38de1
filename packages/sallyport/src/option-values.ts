import { InvalidArgumentError } from '@commander-js/extra-typings';

/** Reads a whole number of at least 1. */
export function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return Number(text);
}

/** Reads a URL of one of these protocols: `http`, `https`. */
export function urlOf(...protocols: readonly string[]): (text: string) => URL {
  return (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !protocols.includes(url.protocol.slice(0, -1))) {
      throw new InvalidArgumentError(`It must begin with ${protocols.map((name) => `${name}://`).join(' or ')}.`);
    }
    return url;
  };
}

/** The same, for programs that take the text. */
export function urlTextOf(...protocols: readonly string[]): (text: string) => string {
  const read = urlOf(...protocols);
  return (text) => {
    read(text);
    return text;
  };
}
