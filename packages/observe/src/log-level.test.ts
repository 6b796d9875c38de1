import { ToolError, UsageMeter } from '@sallyport/core';
import { testPrincipal } from '@sallyport/testkit';
import { type Logger, pino } from 'pino';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { watched } from '../test-rig/watched.js';
import { logEvents } from './log-events.js';
import type { ObserveOptions } from './observe.js';

const auth = testPrincipal();
const input = z.object({ text: z.string() });

function logger(level: string) {
  const lines: { readonly level: number; readonly error_code?: string }[] = [];
  const log = pino({ level }, { write: (text: string) => void lines.push(JSON.parse(text)) });
  return { log, lines };
}

/** A tool that throws what it is called with, and a count of how often its arguments were read. */
function toolOn(log: Exclude<ObserveOptions['log'], undefined>, options: ObserveOptions = {}) {
  const { stack } = watched({}, { log, ...options });
  const tool = stack.tool({
    name: 'echo',
    description: 'Echoes.',
    access: 'read',
    logged: ['text'],
    input,
    handler: ({ text }) => {
      if (text !== '') throw new ToolError(text as ConstructorParameters<typeof ToolError>[0], 'No.');
      return text;
    },
  });
  let reads = 0;
  const call = async (text: string) => {
    const read = vi.fn(() => text);
    await tool.call({ input: Object.defineProperty({}, 'text', { get: read, enumerable: true }), auth });
    reads = read.mock.calls.length;
    return reads;
  };
  return { call };
}

describe('a line that the log does not write', () => {
  test.each([
    ['of an answer', 'warn', ''],
    ['of an error that is no fault', 'error', 'INVALID_INPUT'],
    ['of a refusal', 'error', 'POLICY_DENIED'],
    ['of a fault', 'fatal', 'INTERNAL'],
    ['of anything', 'silent', ''],
  ])('%s is not made: nothing is looked at for it', async (_, level, code) => {
    const { log, lines } = logger(level);
    const { call } = toolOn(log);
    const child = vi.spyOn(log, 'child');
    const without = await toolOn(false).call(code);
    expect(await call(code)).toBe(without);
    expect(await toolOn(logger('trace').log).call(code)).toBeGreaterThan(without);
    expect(child).not.toHaveBeenCalled();
    expect(lines).toEqual([]);
  });

  test('does not keep its call from being counted', async () => {
    const record = vi.fn(async () => {});
    const usage = new UsageMeter({ record } as never);
    await toolOn(logger('silent').log, { usage }).call('');
    await usage.close();
    expect(record).toHaveBeenCalledOnce();
  });

  test('of an event is not made', () => {
    const { log, lines } = logger('warn');
    const cause = { toJSON: vi.fn(() => 'x') };
    logEvents(log)({ level: 'info', event: 'ready', cause });
    expect(cause.toJSON).not.toHaveBeenCalled();
    logEvents(log)({ level: 'warn', event: 'not-ready', cause });
    expect([cause.toJSON.mock.calls.length, lines.length]).toEqual([1, 1]);
  });
});

test('at its level a log writes what is at it or above', async () => {
  const { log, lines } = logger('warn');
  const { call } = toolOn(log);
  for (const code of ['', 'INVALID_INPUT', 'POLICY_DENIED', 'INTERNAL']) await call(code);
  expect(lines.map(({ level, error_code }) => [level, error_code])).toEqual([
    [40, 'POLICY_DENIED'],
    [50, 'INTERNAL'],
  ]);
});

test('the level may change at any time, for callers that were seen before as well', async () => {
  const { log, lines } = logger('info');
  const { call } = toolOn(log);
  for (const [level, written] of [
    ['info', 2],
    ['warn', 0],
    ['debug', 2],
    ['silent', 0],
    ['info', 2],
  ] as const) {
    log.level = level;
    lines.length = 0;
    await call('');
    await call('');
    expect(lines).toHaveLength(written);
  }
  const late = logger('error');
  const later = toolOn(late.log);
  await later.call('INTERNAL');
  await later.call('INTERNAL');
  await later.call('INTERNAL');
  late.log.level = 'info';
  await later.call('');
  await later.call('');
  expect(late.lines.map(({ level }) => level)).toEqual([50, 50, 50, 30, 30]);
});

test('a logger that does not say its level is told everything', async () => {
  const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const { call } = toolOn(log as unknown as Logger);
  await call('');
  expect(log.info).toHaveBeenCalledOnce();
  logEvents(log as unknown as Logger)({ level: 'warn', event: 'x' });
  expect(log.warn).toHaveBeenCalledOnce();
});
