import { Recent } from '../recent.js';
import { Pages } from './pages.js';
import { sipHash, type Words } from './sip-hash.js';

const words = 4;
const first = 64;
/** To hash a key takes ten times as long as to find it here. */
const recent = 4_000;

/** Writes the 128 bits that stand for a key. */
type Digest = (key: string, to: Words) => void;

/**
 * Gives keys small numbers, which stand for them in arrays elsewhere. Of a key 128 bits of a keyed hash are kept, outside of the heap: of
 * very many keys the texts would take more memory than all that is counted for them.
 */
export class Slots {
  readonly #digestOf: Digest;
  readonly #digest: Words = new Uint32Array(words);
  /** The key that it is of. */
  #digested: string | undefined;
  readonly #digests = new Pages(Uint32Array);
  /** An open-addressed table with linear probing: a slot + 1 where its digest sends it, or behind. 0 is free. */
  #table = new Uint32Array(first);
  /** Slots below this were given out at some time. */
  #used = 0;
  readonly #freed: number[] = [];
  readonly #recent = new Recent<string, number>(recent);

  constructor(digestOf: Digest = keyed()) {
    this.#digestOf = digestOf;
  }

  get size(): number {
    return this.#used - this.#freed.length;
  }

  /** −1 when the key has none. */
  find(key: string): number {
    const known = this.#recent.get(key);
    if (known !== undefined) return known;
    this.#makeDigest(key);
    const slot = (this.#table[this.#place()] ?? 0) - 1;
    if (slot >= 0) this.#recent.set(key, slot);
    return slot;
  }

  /** For a key that has none: a number that was given back, or else the lowest that was never given out. */
  add(key: string): number {
    const slot = this.#freed.pop() ?? this.#used++;
    if (this.size * 5 > this.#table.length * 4) this.#enlargeTable();
    this.#makeDigest(key);
    for (let word = 0; word < words; word++) this.#digests.set(slot * words + word, this.#digest[word] ?? 0);
    this.#table[this.#place()] = slot + 1;
    this.#recent.set(key, slot);
    return slot;
  }

  /** Gives one back. */
  remove(slot: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let hole = this.#home(slot);
    while (table[hole] !== slot + 1) hole = (hole + 1) & mask;
    for (let next = (hole + 1) & mask; table[next] !== 0; next = (next + 1) & mask) {
      const entry = table[next] ?? 0;
      // What stands behind moves up into the hole, unless it would then stand before its home.
      if (((next - this.#home(entry - 1)) & mask) < ((next - hole) & mask)) continue;
      table[hole] = entry;
      hole = next;
    }
    table[hole] = 0;
    this.#freed.push(slot);
    this.#recent.clear();
  }

  #makeDigest(key: string): void {
    if (key === this.#digested) return;
    this.#digestOf(key, this.#digest);
    this.#digested = key;
  }

  /** Where in the table the digest stands, or the free place where it would. */
  #place(): number {
    const digest = this.#digest;
    const digests = this.#digests;
    const table = this.#table;
    const mask = table.length - 1;
    for (let place = (digest[0] ?? 0) & mask; ; place = (place + 1) & mask) {
      const at = ((table[place] ?? 0) - 1) * words;
      if (at < 0) return place;
      let same = 0;
      while (same < words && digests.get(at + same) === digest[same]) same++;
      if (same === words) return place;
    }
  }

  #home(slot: number): number {
    return this.#digests.get(slot * words) & (this.#table.length - 1);
  }

  #enlargeTable(): void {
    const entries = this.#table;
    const table = new Uint32Array(entries.length * 2);
    this.#table = table;
    for (const entry of entries) {
      if (entry === 0) continue;
      let place = this.#home(entry - 1);
      while (table[place] !== 0) place = (place + 1) & (table.length - 1);
      table[place] = entry;
    }
  }
}

function keyed(): Digest {
  const key = crypto.getRandomValues(new Uint32Array(words));
  return (text, to) => sipHash(text, key, to);
}
