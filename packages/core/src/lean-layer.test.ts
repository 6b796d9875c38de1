import { madeUpCall, madeUpFacts, testPrincipal } from '@sallyport/testkit';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Call } from './call.js';
import { hardened } from './hardened.js';
import { Interrupter } from './interrupter.js';
import type { Layer } from './layer.js';
import { authorize } from './layers/authorize.js';
import { deadline } from './layers/deadline.js';
import { shed } from './layers/shed.js';
import { createStack } from './stack.js';

const spec = { name: 'one', description: 'Does one thing.', access: 'read', input: z.object({}) } as const;
const request = () => ({ input: {}, auth: testPrincipal() });
const report = () => {};
const boom = () => {
  throw new Error('boom');
};

test.each<[string, unknown]>([
  ['answers', () => 'done'],
  ['throws', boom],
])('a handler that %s at once has its outcome at once, through the whole shipped stack', (_how, handler) => {
  const tool = hardened({ report }).tool({ ...spec, handler: handler as () => string });
  expect(tool.outcome(request())).not.toBeInstanceOf(Promise);
});

test.each([
  ['a promise', async () => 'done'],
  // biome-ignore lint/suspicious/noThenProperty: what a query builder gives is no promise.
  ['what can be awaited', () => ({ then: (tell: (value: string) => void) => tell('done') })],
])('a handler that returns %s is waited for', async (_what, handler) => {
  const outcome = hardened({ report })
    .tool({ ...spec, handler })
    .outcome(request());
  expect(outcome).toBeInstanceOf(Promise);
  expect(await outcome).toMatchObject({ result: { content: [{ text: 'done' }] } });
});

test('a copy of a layer of ours with a wrap of its author’s is what that says', async () => {
  const shipped = deadline();
  let asked = 0;
  const copy: typeof shipped = {
    ...shipped,
    wrap(next, tool) {
      const wrapped = shipped.wrap(next, tool);
      return (call) => {
        asked += 1;
        return wrapped(call);
      };
    },
  };
  const tool = createStack({ report })
    .use(copy)
    .tool({ name: 'one', description: 'Does one thing.', input: z.object({}), handler: () => 'done' });
  expect(await tool.call(request())).toMatchObject({ content: [{ text: 'done' }] });
  expect(asked).toBe(1);
});

test('a layer of somebody else is answered with promises, whatever is below it', async () => {
  const seen: unknown[] = [];
  const foreign: Layer = {
    name: 'foreign',
    wrap: (next) => (call) => {
      const answer = next(call);
      seen.push(answer);
      return answer.finally(() => {});
    },
  };
  const stack = createStack({ report }).use(deadline()).use(foreign).use(deadline());
  expect(await stack.tool({ ...spec, access: undefined, handler: () => 'x' } as never).call(request())).toMatchObject({
    content: [{ text: 'x' }],
  });
  await stack.tool({ ...spec, access: undefined, handler: boom } as never).call(request());
  expect(seen.map((answer) => answer instanceof Promise)).toEqual([true, true]);
});

test('what a layer of ours throws at once is a rejection to who wraps it without a stack', async () => {
  const tool = { ...madeUpFacts(), access: 'read', policy: { authorize: { scopes: ['x'], hierarchy: {} } } } as never;
  const refused = authorize().wrap(async () => ({ content: [] }), tool)(madeUpCall({ auth: undefined }));
  await expect(refused).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

test.each<[string, unknown]>([
  ['answers', () => ''],
  ['throws', boom],
  ['rejects', async () => boom()],
])('a call whose handler %s leaves no slot taken', async (_how, handler) => {
  const shedding = shed();
  const stack = hardened({ report, agentLimits: { concurrent: 1 } });
  const tool = stack.use(shedding).tool({ ...spec, handler: handler as () => string });
  for (let call = 0; call < 3; call++) {
    expect(await tool.outcome(request())).not.toMatchObject({ error: { code: 'RATE_LIMITED' } });
  }
  const inFlight = shedding.measures?.().find(({ name }) => name === 'in_flight');
  expect(inFlight?.value).toBe(0);
});

test.each<[string, () => string]>([
  ['answers', () => ''],
  ['throws', boom],
])('a call that is interrupted while a handler that %s at once runs is CANCELLED, and its signal aborted', (_, end) => {
  const interruption = new Interrupter();
  let signal: AbortSignal | undefined;
  const handler = (_input: unknown, call: Call) => {
    signal = call.signal;
    interruption.abort();
    return end();
  };
  const tool = createStack({ report })
    .use(deadline())
    .tool({ name: 'one', description: 'Does one thing.', input: z.object({}), handler });
  expect(tool.outcome({ input: {}, interruption })).toMatchObject({ error: { code: 'CANCELLED' } });
  expect(signal?.aborted).toBe(true);
});
