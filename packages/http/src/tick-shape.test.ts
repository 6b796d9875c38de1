import { executionAsyncResource } from 'node:async_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import './index.js';
import * as shape from './tick-shape.js';

setFlagsFromString('--expose-gc');
setFlagsFromString('--allow-natives-syntax');
const collectGarbage = runInNewContext('gc') as () => void;
const haveSameHiddenClass = new Function('a', 'b', 'return %HaveSameMap(a, b)') as (a: object, b: object) => boolean;

const tick = () => new Promise<object>((resolve) => process.nextTick(() => resolve(executionAsyncResource())));
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('whoever loads the host keeps something that process.nextTick queued', () => {
  expect(shape.keptTick).toBeTypeOf('object');
});

test('what process.nextTick queues has its hidden class, after full collections with none queued too', async () => {
  for (let collected = 0; collected < 4; collected++) {
    expect(haveSameHiddenClass(shape.keptTick ?? {}, await tick())).toBe(true);
    await turn();
    collectGarbage();
  }
  expect(haveSameHiddenClass(shape.keptTick ?? {}, {})).toBe(false);
});
