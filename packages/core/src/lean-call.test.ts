import { madeUpCall, testPrincipal } from '@sallyport/testkit';
import { beforeEach, expect, type MockInstance, test, vi } from 'vitest';
import { z } from 'zod';
import type { Call } from './call.js';
import { hardened } from './hardened.js';
import { Interrupter } from './interrupter.js';
import type { Layer } from './layer.js';
import { deadline } from './layers/deadline.js';
import { LeanCall } from './lean-call.js';
import { createStack } from './stack.js';

const { signal: _, ...fields } = madeUpCall();
/** Anew for each test: what spies is restored between them. */
let controllers: MockInstance<() => AbortSignal>;
beforeEach(() => {
  controllers = vi.spyOn(AbortController.prototype, 'signal', 'get');
});

test('a call that nobody looks into makes no signal on its way through the shipped stack', async () => {
  const tool = hardened().tool({
    name: 'quiet',
    description: 'Does nothing.',
    access: 'read',
    depends: 'nothing',
    input: z.object({}),
    handler: () => '',
  });
  expect(await tool.call({ input: {}, auth: testPrincipal() })).toMatchObject({ content: [{ text: '' }] });
  expect(controllers).not.toHaveBeenCalled();
});

test('is copied with its signal unread, and keeps its interruption', () => {
  const interrupter = new Interrupter();
  const copy = LeanCall.passOn(LeanCall.begin(interrupter, fields), { tenant: 'acme' });
  expect(LeanCall.interruptionOf(copy)).toBe(interrupter);
  expect(controllers).not.toHaveBeenCalled();
  expect(copy).toMatchObject({ ...fields, tenant: 'acme' });
  expect(copy.signal).toBe(interrupter.signal);
});

test.each<[string, (call: Call) => Call]>([
  ['spread', (call) => ({ ...call })],
  ['assigned', (call) => Object.assign({}, call)],
  ['passed on', (call) => LeanCall.passOn(call, {})],
])('when it is whole, a copy that is %s has the signal', (_how, copied) => {
  const interrupter = new Interrupter();
  const copy = copied(LeanCall.whole(LeanCall.begin(interrupter, fields)));
  interrupter.abort();
  expect(Object.keys(copy)).toContain('signal');
  expect(copy.signal).toBe(interrupter.signal);
  expect(LeanCall.interruptionOf(copy).aborted).toBe(true);
});

test('under another interruption it has the signal of that one, whoever made the call', () => {
  const inner = new Interrupter();
  for (const call of [madeUpCall(), LeanCall.begin(new Interrupter(), fields)]) {
    const under = LeanCall.passOnUnder(inner, call, { remainingMs: 1 });
    expect(under).toMatchObject({ input: call.input, remainingMs: 1 });
    expect(under.signal).toBe(inner.signal);
    expect(LeanCall.interruptionOf(under)).toBe(inner);
  }
});

test('what a layer of somebody else put on a call goes with every copy', () => {
  const call = { ...madeUpCall(), receivedAt: 7 };
  const under = LeanCall.passOnUnder(new Interrupter(), call, { remainingMs: 1 });
  const on = LeanCall.passOn(LeanCall.passOn(under, { tenant: 'acme' }), { priority: 'batch' });
  expect(on).toMatchObject({ receivedAt: 7, remainingMs: 1, tenant: 'acme', priority: 'batch', input: call.input });
});

test('a layer of somebody else and a handler see whole calls, and a signal that such a layer puts in is obeyed', async () => {
  const seen: string[][] = [];
  const replacing = new AbortController();
  const foreign: Layer = {
    name: 'foreign',
    wrap: (next) => (call) => {
      seen.push(Object.keys(call));
      return next({ ...call, signal: replacing.signal });
    },
  };
  const tool = createStack()
    .use(foreign)
    .tool({
      name: 'looks',
      description: 'Looks at its call.',
      input: z.object({}),
      handler: (_input, call) => {
        seen.push(Object.keys(call));
        return String({ ...call }.signal === replacing.signal);
      },
    });
  expect(await tool.call({ input: {} })).toMatchObject({ content: [{ text: 'true' }] });
  expect(seen.every((keys) => keys.includes('signal'))).toBe(true);
});

test.each([
  ['behind a deadline', createStack().use(deadline())],
  ['without one', createStack()],
])('no two calls share a signal, %s, although their caller cannot interrupt them', async (_where, stack) => {
  const signals = new Set<AbortSignal>();
  const spec = { name: 'keeps', description: 'Keeps its signal.', input: z.object({}) };
  const handler = (_input: unknown, { signal }: Call) => {
    signals.add(signal);
    return '';
  };
  const tool = stack.tool({ ...spec, handler });
  for (let call = 0; call < 2; call++) await tool.call({ input: {} });
  expect(signals.size).toBe(2);
});
