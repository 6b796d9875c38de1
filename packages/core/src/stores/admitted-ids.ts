/** A power of two, and so a divisor of 36 to the fifth: counted ids take the seats in turn. */
const seats = 256;

/**
 * Ids of admissions, so that one that is sent again is known. Each has the seat that its last five characters name, and whoever sat there is
 * forgotten: of ids that count in base 36 the last 256 are known, but for some when the count gets a digit longer, and of others most of those.
 * To look for one no other is read. In a `Set` all that share a bucket are, and by then they have left the caches.
 */
export class AdmittedIds {
  readonly #ids = new Array<string | undefined>(seats).fill(undefined);
  readonly #endings = new Int32Array(seats);

  has(id: string): boolean {
    const ending = endingOf(id);
    const seat = ending & (seats - 1);
    return this.#endings[seat] === ending && this.#ids[seat] === id;
  }

  add(id: string): void {
    const ending = endingOf(id);
    const seat = ending & (seats - 1);
    this.#endings[seat] = ending;
    this.#ids[seat] = id;
  }
}

/** The last five characters as a number in base 36; of characters that are no digits any number. */
function endingOf(id: string): number {
  let ending = 0;
  for (let at = Math.max(0, id.length - 5); at < id.length; at++) {
    const code = id.charCodeAt(at);
    ending = Math.imul(ending, 36) + code - (code < 58 ? 48 : 87);
  }
  return ending | 0;
}
