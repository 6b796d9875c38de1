import { executionAsyncResource } from 'node:async_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test, vi } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import * as shape from './tick-shape.js';

setFlagsFromString('--expose-gc');
setFlagsFromString('--allow-natives-syntax');
const collectGarbage = runInNewContext('gc') as () => void;
const haveSameHiddenClass = new Function('a', 'b', 'return %HaveSameMap(a, b)') as (a: object, b: object) => boolean;

const tick = () => new Promise<object>((resolve) => process.nextTick(() => resolve(executionAsyncResource())));
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('whoever loads the host loads what keeps a tick', async () => {
  const load = vi.fn(() => ({}));
  vi.doMock('./tick-shape.js', load);
  await import('./index.js');
  expect(load).toHaveBeenCalled();
});

test('a bundler is told that it does something when it is loaded, in the sources and as it is published', () => {
  expect(manifest.sideEffects).toEqual(['./src/tick-shape.ts', './dist/tick-shape.js']);
});

test('what process.nextTick queues has its hidden class, after full collections with none queued too', async () => {
  for (let collected = 0; collected < 4; collected++) {
    expect(haveSameHiddenClass(shape.keptTick ?? {}, await tick())).toBe(true);
    await turn();
    collectGarbage();
  }
  expect(haveSameHiddenClass(shape.keptTick ?? {}, {})).toBe(false);
});
