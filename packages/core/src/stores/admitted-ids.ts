/** A power of two, and so a divisor of 36 to the fourth: counted ids take the seats in turn. */
const seats = 256;
/** A command is sent again within seconds or not at all. */
const rememberMs = 30_000;

/**
 * Ids of admissions, so that one that is sent again within 30 seconds is known. Each has the seat that its characters name, and whoever sat
 * there is forgotten: of ids that one maker counts in base 36 nearly all of the last 256 are known, of others two of three. To look for one
 * no other is read. In a `Set` all that share a bucket are, and by then they have left the caches.
 */
export class AdmittedIds {
  readonly #ids = new Array<string | undefined>(seats).fill(undefined);
  /** Of the ids in these seats. */
  readonly #marks = new Int32Array(seats);
  readonly #atMs = new Float64Array(seats);

  has(id: string, now: number): boolean {
    const mark = markOf(id);
    const seat = mark & (seats - 1);
    return this.#marks[seat] === mark && this.#ids[seat] === id && now - (this.#atMs[seat] ?? 0) < rememberMs;
  }

  add(id: string, now: number): void {
    const mark = markOf(id);
    const seat = mark & (seats - 1);
    this.#marks[seat] = mark;
    this.#ids[seat] = id;
    this.#atMs[seat] = now;
  }
}

/** The last four characters as a number in base 36, and more that is the same for all ids that begin alike. */
function markOf(id: string): number {
  const counted = Math.max(0, id.length - 4);
  let maker = 0;
  for (let at = 0; at < counted; at++) maker = Math.imul(maker, 31) + id.charCodeAt(at);
  let count = 0;
  for (let at = counted; at < id.length; at++) {
    const code = id.charCodeAt(at);
    count = count * 36 + code - (code < 58 ? 48 : 87);
  }
  return (maker + count) | 0;
}
