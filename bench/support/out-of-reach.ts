import type { Limits } from '@sallyport/core';

/** Limits that are counted for every call and never reached. */
export const outOfReach: Limits = { perMinute: 1e9, perHour: 1e9, concurrent: 1e6 };
