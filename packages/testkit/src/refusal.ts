import assert from 'node:assert/strict';
import type { Admission } from '@sallyport/core';

/** The decision as the refusal that it must be. */
export function refusal(admission: Admission): Extract<Admission, { admitted: false }> {
  assert.equal(admission.admitted, false, 'admitted although a limit was reached');
  return admission as Extract<Admission, { admitted: false }>;
}
