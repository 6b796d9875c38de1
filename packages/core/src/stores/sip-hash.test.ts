import { expect, it } from 'vitest';
import { sipHash } from './sip-hash.js';

/** Bytes 0, 1, 2 …, as little-endian words. */
const key = new Uint32Array([0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c]);

/** The text whose code units are, as little-endian bytes, 0, 1, 2 … */
const counting = (bytes: number) =>
  String.fromCharCode(...Array.from({ length: bytes / 2 }, (_, i) => (2 * i) | ((2 * i + 1) << 8)));

const hashOf = (text: string, by = key) => {
  const words = new Uint32Array(4);
  sipHash(text, by, words);
  return Buffer.from(words.buffer).toString('hex');
};

// Of the authors' reference implementation (veorq/SipHash, `vectors_sip128`).
it.each([
  [0, 'a3817f04ba25a8e66df67214c7550293'],
  [2, '8177228da4a45dc7fca38bdef60affe4'],
  [4, 'f88164c12d9c8faf7d0f6e7c7bcd5579'],
  [6, '14eeca338b208613485ea0308fd7a15e'],
  [8, '3b62a9ba6258f5610f83e264f31497b4'],
  [10, '00110dc378146956c95447d3f3d0fbba'],
  [14, '31fcefac66d7de9c7ec7485fe4494902'],
  [16, '6ee2a4ca67b054bbfd3315bf85230577'],
  [48, 'f7e5aef549f782cf379055a608269b16'],
  [62, '5853542321f567a005d547a4f04759bd'],
])('is SipHash-2-4-128: the reference vector of %d bytes', (bytes, expected) => {
  expect(hashOf(counting(bytes))).toBe(expected);
});

// Of OpenSSL: openssl mac -macopt hexkey:000102030405060708090a0b0c0d0e0f -macopt size:16 -in utf-16-le.bin SIPHASH
it.each([
  ['code units of all their 16 bits', '\uffff\u8000A', '199a82220ca1c9c39a1df0d92a02d5c4'],
  ['256 bytes, of which the length says 0', 'é'.repeat(128), '611a97d7349d39a43a916e89ccec1e81'],
  ['600 bytes', 'ab€'.repeat(100), '42d26d7b096386121a6feebee2cd9a5f'],
])('is what OpenSSL makes of %s', (_, text, expected) => {
  expect(hashOf(text)).toBe(expected);
});

it('depends on every bit of the key', () => {
  const seen = new Set([hashOf('agent')]);
  for (let bit = 0; bit < 128; bit++) {
    const other = key.slice();
    other[bit >> 5] = (other[bit >> 5] ?? 0) ^ (1 << (bit & 31));
    seen.add(hashOf('agent', other));
  }
  expect(seen.size).toBe(129);
});

it('tells apart what is alike: lengths, zeros, halves of code units', () => {
  const texts = [
    '',
    '\0',
    '\0\0',
    '\0\0\0\0',
    '\u0100',
    '\u0001',
    'a',
    'a\0',
    'a'.repeat(127),
    'a'.repeat(128),
    'a'.repeat(255),
  ];
  expect(new Set(texts.map((text) => hashOf(text))).size).toBe(texts.length);
});
