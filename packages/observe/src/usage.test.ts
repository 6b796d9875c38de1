import {
  admit,
  authorize,
  createStack,
  memoryAdmission,
  memoryUsage,
  ToolError,
  tenant,
  UsageMeter,
  type UsageQuery,
} from '@sallyport/core';
import { errorOf, FakeClock, testPrincipal } from '@sallyport/testkit';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { watched } from '../test-rig/watched.js';
import { observe } from './observe.js';

const day = '2026-11-26';
const utcNow = () => Date.parse(`${day}T12:00:00Z`);
const spec = { name: 'echo', description: 'Echoes.', access: 'read', input: z.object({ text: z.string() }) } as const;
const request = { input: { text: 'hello' }, auth: testPrincipal() };

function metered(options: Parameters<typeof watched>[0] = {}, log?: false) {
  const kept = memoryUsage({ utcNow });
  const usage = new UsageMeter(kept, { utcNow });
  const rig = watched(options, { usage, ...(log === undefined ? {} : { log }) });
  const read = async (by: UsageQuery['by'] = 'tool') => {
    await rig.telemetry.close();
    return kept.read({ from: day, to: day, by });
  };
  return { ...rig, read };
}

test.each([undefined, false] as const)('calls are counted with their time, tokens and cost (log: %s)', async (log) => {
  const { stack, clock, read, lines } = metered({}, log);
  const tool = stack.tool({
    ...spec,
    limits: { cost: 2.5 },
    handler: async ({ text }) => {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 40));
      return text;
    },
  });
  const answers = [tool.call(request), tool.call(request)];
  await clock.advance(40);
  await Promise.all(answers);
  expect(await read()).toEqual([{ tool: 'echo', calls: 2, handlerMs: 80, inputTokens: 8, outputTokens: 16, cost: 5 }]);
  if (log === undefined)
    expect(lines()[0]).toMatchObject({ input_token_estimate: 4, output_token_estimate: 8, cost: 2.5 });
});

test('what admission charges is counted, also when it fails after that, and nothing that was refused', async () => {
  const { stack, read } = metered({ agentLimits: { perMinute: 4 } });
  const tool = stack.tool({
    ...spec,
    handler: () => {
      throw new ToolError('INTERNAL', 'No.');
    },
  });
  const invalid = { ...request, input: {} };
  const codes: (string | undefined)[] = [];
  for (const asked of [
    request,
    invalid,
    request,
    invalid,
    request,
    request,
    { ...request, auth: testPrincipal({ scopes: [] }) },
  ]) {
    codes.push(errorOf(await tool.call(asked))?.code);
  }
  expect(codes).toEqual([
    'INTERNAL',
    'INVALID_INPUT',
    'INTERNAL',
    'INVALID_INPUT',
    'RATE_LIMITED',
    'RATE_LIMITED',
    'INSUFFICIENT_SCOPE',
  ]);
  expect(await read()).toMatchObject([{ calls: 4, cost: 4 }]);
});

test('usage is what budgets charge: what was counted is what is spent', async () => {
  const { stack, read } = metered({
    admission: memoryAdmission({ utcNow }),
    agentLimits: { budget: { perDay: 20 } },
  });
  const tool = stack.tool({
    ...spec,
    limits: { cost: (input) => (input as { text: string }).text.length },
    handler: () => 'done',
  });
  for (const text of ['1234567', '123', '12345', '12345', '123456', '1234', '1']) {
    await tool.call({ ...request, input: { text } });
  }
  const [row] = await read('agent');
  expect(row).toMatchObject({ tenant: 'acme', agent: 'agent-1', cost: 20, calls: 4 });
});

test('the time of a handler that runs on after its deadline is counted to its end, and the call once', async () => {
  const { stack, clock, read } = metered({ timeoutMs: 100 });
  const tool = stack.tool({
    ...spec,
    handler: async () => {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 900));
      return 'late';
    },
  });
  const answer = tool.call(request);
  await clock.advance(100);
  expect(errorOf(await answer)?.code).toBe('TOOL_TIMEOUT');
  await clock.advance(800);
  expect(await read()).toMatchObject([{ calls: 1, handlerMs: 900 }]);
});

test('callers whose token names no tenant are counted under that of the server', async () => {
  const { stack, read } = metered({ singleTenant: 'shop' });
  const tool = stack.tool({ ...spec, handler: () => 'done' });
  const { tenant: _, ...auth } = testPrincipal();
  await tool.call({ ...request, auth });
  expect(await read('tenant')).toMatchObject([{ tenant: 'shop', calls: 1 }]);
});

test('in a stack of one’s own whose admission is not watched, what was not refused is counted', async () => {
  const kept = memoryUsage({ utcNow });
  const telemetry = observe({ log: false, clock: new FakeClock(), usage: new UsageMeter(kept, { utcNow }) });
  const stack = createStack({ report: telemetry.report })
    .use(telemetry.layer)
    .use(authorize())
    .use(tenant())
    .use(admit(memoryAdmission(), { agent: { perMinute: 3 } }));
  const tool = stack.tool({ ...spec, handler: () => 'done' });
  for (let call = 0; call < 9; call++) await tool.call(request);
  await telemetry.close();
  expect(await kept.read({ from: day, to: day, by: 'tool' })).toMatchObject([{ calls: 3 }]);
});
