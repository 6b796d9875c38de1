const none = 0xff_ff_ff_ff;

/** 128 bits, as four words of 32, the lowest first. */
export type Words = Uint32Array;

/**
 * SipHash-2-4 with 128 bits of output, of the UTF-16 code units of a text, written to `to`. Without the key, 128 random bits, nobody can find two
 * texts with one hash, or many whose hashes share bits (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012).
 * JavaScript has no synchronous hash of its own that all runtimes share.
 */
export function sipHash(text: string, key: Words, to: Words): void {
  const [k0 = 0, k1 = 0, k2 = 0, k3 = 0] = key;
  // The four words of 64 bits of the state, each as its low and its high half.
  let al = k0 ^ 0x70736575;
  let ah = k1 ^ 0x736f6d65;
  let bl = k2 ^ 0x6e646f6d ^ 0xee;
  let bh = k3 ^ 0x646f7261;
  let cl = k0 ^ 0x6e657261;
  let ch = k1 ^ 0x6c796765;
  let dl = k2 ^ 0x79746573;
  let dh = k3 ^ 0x74656462;

  // Two rounds for each 4 code units and for the rest with the length, then 4 for each half of the result.
  const whole = text.length >>> 2;
  const absorbing = 2 * (whole + 1);
  let ml = 0;
  let mh = 0;
  for (let round = 0; ; round++) {
    if (round < absorbing) {
      if ((round & 1) === 0) {
        const at = round * 2;
        ml = unitAt(text, at) | (unitAt(text, at + 1) << 16);
        mh = unitAt(text, at + 2) | (round === 2 * whole ? text.length << 25 : unitAt(text, at + 3) << 16);
        dl ^= ml;
        dh ^= mh;
      }
    } else if (round === absorbing) {
      cl ^= 0xee;
    } else if (round === absorbing + 4) {
      to[0] = al ^ bl ^ cl ^ dl;
      to[1] = ah ^ bh ^ ch ^ dh;
      bl ^= 0xdd;
    } else if (round === absorbing + 8) {
      to[2] = al ^ bl ^ cl ^ dl;
      to[3] = ah ^ bh ^ ch ^ dh;
      return;
    }

    let low = (al >>> 0) + (bl >>> 0);
    ah = (ah + bh + (low > none ? 1 : 0)) | 0;
    al = low | 0;
    let high = (bh << 13) | (bl >>> 19);
    bl = ((bl << 13) | (bh >>> 19)) ^ al;
    bh = high ^ ah;
    high = al;
    al = ah;
    ah = high;

    low = (cl >>> 0) + (dl >>> 0);
    ch = (ch + dh + (low > none ? 1 : 0)) | 0;
    cl = low | 0;
    high = (dh << 16) | (dl >>> 16);
    dl = ((dl << 16) | (dh >>> 16)) ^ cl;
    dh = high ^ ch;

    low = (al >>> 0) + (dl >>> 0);
    ah = (ah + dh + (low > none ? 1 : 0)) | 0;
    al = low | 0;
    high = (dh << 21) | (dl >>> 11);
    dl = ((dl << 21) | (dh >>> 11)) ^ al;
    dh = high ^ ah;

    low = (cl >>> 0) + (bl >>> 0);
    ch = (ch + bh + (low > none ? 1 : 0)) | 0;
    cl = low | 0;
    high = (bh << 17) | (bl >>> 15);
    bl = ((bl << 17) | (bh >>> 15)) ^ cl;
    bh = high ^ ch;
    high = cl;
    cl = ch;
    ch = high;

    if (round < absorbing && (round & 1) === 1) {
      al ^= ml;
      ah ^= mh;
    }
  }
}

/** 0 behind the end. */
function unitAt(text: string, at: number): number {
  return at < text.length ? text.charCodeAt(at) : 0;
}
