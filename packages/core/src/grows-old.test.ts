import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { testPrincipal } from '@sallyport/testkit';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { CallRequest } from './call.js';
import { hardened } from './hardened.js';
import type { Layer } from './layer.js';
import type { Tool } from './tool.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const unlimited = { perMinute: 1e12, perHour: 1e12, concurrent: 1e6 };
const spec = {
  name: 'echo',
  description: 'Says it again.',
  access: 'read',
  input: z.object({ text: z.string() }),
} as const;
const stack = hardened({ agentLimits: unlimited, tenantLimits: unlimited });
const auth = testPrincipal();

/** What 32 at a time leave in the part of the heap that only a full collection clears, in bytes a call. */
async function left(tool: Tool): Promise<number> {
  const old = () =>
    getHeapSpaceStatistics()
      .filter(({ space_name: name }) => /^(old|map|large_object)_space$/.test(name))
      .reduce((sum, { space_used_size: used }) => sum + used, 0);
  const request = (): CallRequest => ({ input: { text: 'x'.repeat(2_000) }, auth });
  const calls = async (count: number): Promise<number> => {
    let [grown, size] = [0, old()];
    for (let done = 0; done < count; done += 32) {
      await Promise.all(Array.from({ length: 32 }, () => tool.call(request())));
      const now = old();
      // Smaller after a full collection, which takes nothing back of what had grown old before it.
      grown += Math.max(0, now - size);
      size = now;
    }
    return grown / count;
  };
  await calls(2_000);
  collectGarbage();
  return calls(20_000);
}

test('nothing of a call outlives it long enough to grow old: what does costs more than the layers', async () => {
  expect(await left(stack.tool({ ...spec, handler: ({ text }) => text }))).toBeLessThan(200);
}, 60_000);

test('a layer that copies calls with a getter of its own, as V8 keeps those, is found out', async () => {
  const careless: Layer = {
    name: 'careless',
    wrap: (next) => (call) =>
      next({
        ...call,
        get meta() {
          return call.meta;
        },
      }),
  };
  expect(await left(stack.use(careless).tool({ ...spec, handler: ({ text }) => text }))).toBeGreaterThan(400);
}, 60_000);
