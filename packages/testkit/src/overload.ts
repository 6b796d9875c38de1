import type { AdmissionRequest, AdmissionStore } from '@sallyport/core';
import type { StoreUnderTest } from './contract-rule.js';
import type { AdmittedUnits } from './most-in-window.js';
import { randomFrom } from './random-from.js';

/** Bursts, trickles and pauses over four windows of `windowMs` in twelve buckets, for an offline judge. */
export async function overload(
  { store, advance }: StoreUnderTest<AdmissionStore>,
  spend: (limit: number, cost: number) => AdmissionRequest,
  windowMs: number,
  seed: number,
) {
  const bucketMs = windowMs / 12;
  const random = randomFrom(seed);
  const limit = 5 + Math.floor(random() * 20);
  const history: AdmittedUnits[] = [];
  let refusedEarly = 0;
  for (let passed = 0; passed < 4 * windowMs; ) {
    const burst = random() < 0.2 ? 2 * limit : Math.floor(random() * 4);
    for (let call = 0; call < burst; call++) {
      const units = random() < 0.8 ? 1 : 1 + Math.floor(random() * 3);
      const { admitted, atMs } = await store.admit(spend(limit, units));
      const recent = history.filter((past) => past.atMs > atMs - windowMs - bucketMs);
      if (admitted) history.push({ atMs, units });
      else if (recent.reduce((sum, past) => sum + past.units, units) <= limit) refusedEarly++;
    }
    const step = 1 + Math.floor(random() * (random() < 0.1 ? windowMs : bucketMs));
    await advance(step);
    passed += step;
  }
  return { limit, history, refusedEarly };
}
