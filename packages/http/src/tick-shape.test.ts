import { executionAsyncResource } from 'node:async_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { keepTickShape, keptTick } from './tick-shape.js';

setFlagsFromString('--expose-gc');
setFlagsFromString('--allow-natives-syntax');
const collectGarbage = runInNewContext('gc') as () => void;
const haveSameHiddenClass = new Function('a', 'b', 'return %HaveSameMap(a, b)') as (a: object, b: object) => boolean;

const tick = () => new Promise<object>((resolve) => process.nextTick(() => resolve(executionAsyncResource())));
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('what process.nextTick queues has the hidden class of what is kept, after full collections with none queued too', async () => {
  keepTickShape();
  await turn();
  const kept = keptTick ?? {};
  for (let collected = 0; collected < 4; collected++) {
    expect(haveSameHiddenClass(kept, await tick())).toBe(true);
    await turn();
    collectGarbage();
  }
  expect(haveSameHiddenClass(kept, {})).toBe(false);
});

test('one is kept for all hosts of a process, however many there are', async () => {
  keepTickShape();
  await turn();
  const kept = keptTick;
  keepTickShape();
  await turn();
  expect(keptTick).toBe(kept);
});
