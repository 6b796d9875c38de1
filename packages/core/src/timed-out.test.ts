import { testPrincipal } from '@sallyport/testkit';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { hardened } from './hardened.js';
import { timedOut } from './timed-out.js';

test.each([
  [1_000, '1 second.'],
  [1_500, '1.5 seconds.'],
  [30_000, '30 seconds.'],
])('a timeout of %d ms is said as %s', (allowedMs, said) => {
  const { facts } = hardened().tool({
    name: 'slow',
    description: 'Waits.',
    access: 'read',
    input: z.object({}),
    handler: () => 'x',
  });
  const call = { principal: testPrincipal() } as unknown as Parameters<typeof timedOut>[1];
  expect(timedOut(facts, call, allowedMs).message).toContain(`slow did not finish within ${said}`);
});
