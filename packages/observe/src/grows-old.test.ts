import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { hardened } from '@sallyport/core';
import { testPrincipal } from '@sallyport/testkit';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { observe } from './observe.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What only a full collection clears, hidden classes among it. */
const old = () =>
  getHeapSpaceStatistics()
    .filter(({ space_name: name }) => /^(old|map|large_object)_space$/.test(name))
    .reduce((sum, { space_used_size: used }) => sum + used, 0);

test('nothing of a log line outlives it long enough to grow old, and no line has hidden classes of its own', async () => {
  const log = pino({}, { write() {} });
  const unlimited = { perMinute: 1e9, perHour: 1e9, concurrent: 1e6 };
  const stack = hardened({ observe: observe({ log }), agentLimits: unlimited });
  const input = z.object({ text: z.string() });
  const spec = { name: 'echo', description: 'Says it again.', access: 'read', input } as const;
  const tool = stack.tool({ ...spec, handler: ({ text }) => text });
  const auth = testPrincipal({ clientId: 'cli', plan: 'gold' });
  const calls = async (count: number) => {
    for (let call = 0; call < count; call++) await tool.call({ input: { text: 'x' }, auth });
  };
  await calls(2_000);
  collectGarbage();
  const before = old();
  await calls(20_000);
  // 45 as a rule; thousands when the fields are added to a copy that was spread.
  expect((old() - before) / 20_000).toBeLessThan(1_000);
}, 60_000);
