import { AsyncLocalStorage } from 'node:async_hooks';
import { spawnSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';
import { testPrincipal } from '@sallyport/testkit';
import { type LoggerOptions, pino } from 'pino';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { watched } from '../test-rig/watched.js';
import { logLater, logNow } from './log-later.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function kept() {
  const lines: string[] = [];
  const log = pino({}, { write: (text: string) => void lines.push(JSON.parse(text).msg) });
  return { lines, log };
}

test('lines of one turn are logged at its end, in order, to whichever logger they are for', async () => {
  const { lines, log } = kept();
  logLater(log, 'info', {}, 'a');
  logLater(log.child({}), 'warn', {}, 'b');
  expect(lines).toEqual([]);
  await turn();
  expect(lines).toEqual(['a', 'b']);
});

test('a fault is logged at once, behind what waits', () => {
  const { lines, log } = kept();
  logLater(log, 'info', {}, 'a');
  logLater(log, 'error', {}, 'b');
  expect(lines).toEqual(['a', 'b']);
});

test('the 32nd is not waited with', () => {
  const { lines, log } = kept();
  for (let line = 1; line <= 33; line++) logLater(log, 'info', {}, `${line}`);
  expect(lines).toHaveLength(32);
  logNow();
  expect(lines).toHaveLength(33);
});

test('a logger that throws keeps no other line from being logged', async () => {
  const { lines, log } = kept();
  const broken = pino({}, { write: () => expect.unreachable() });
  logLater(log, 'info', {}, 'a');
  logLater(broken, 'info', {}, 'b');
  logLater(log, 'info', {}, 'c');
  await turn();
  expect(lines).toEqual(['a', 'c']);
});

test.each<[what: string, options: (see: () => void) => LoggerOptions]>([
  ['mixes something in', (see) => ({ mixin: () => ({ of: see() }) })],
  [
    'has a hook on what it writes',
    (see) => ({ hooks: { streamWrite: (text) => `${text.slice(0, 0)}${see() ?? text}` } }),
  ],
])('a logger that %s does so in the context of the call', async (_, options) => {
  const context = new AsyncLocalStorage<number>();
  const seen: (number | undefined)[] = [];
  const log = pino(
    options(() => void seen.push(context.getStore())),
    { write() {} },
  );
  const { stack } = watched({}, { log });
  const tool = stack.tool({
    name: 'echo',
    description: 'Echoes.',
    access: 'read',
    input: z.object({}),
    handler: () => 'x',
  });
  const call = { input: {}, auth: testPrincipal() };
  await Promise.all([1, 2, 3].map((request) => context.run(request, () => tool.call(call))));
  await turn();
  expect(seen).toEqual([1, 2, 3]);
});

test('who watches a process is told of a line in the context of the call', () => {
  const context = new AsyncLocalStorage<number>();
  const seen: (number | undefined)[] = [];
  const onLine = () => void seen.push(context.getStore());
  const { log } = kept();
  subscribe('tracing:pino_asJson:start', onLine);
  for (const call of [1, 2]) context.run(call, () => logLater(log, 'info', {}, 'x'));
  unsubscribe('tracing:pino_asJson:start', onLine);
  expect(seen).toEqual([1, 2]);
});

test('closing telemetry logs what waits', async () => {
  const { stack, telemetry, texts } = watched();
  const input = z.object({});
  const tool = stack.tool({ name: 'echo', description: 'Echoes.', access: 'read', input, handler: () => 'x' });
  await tool.call({ input: {}, auth: testPrincipal() });
  expect(texts).toHaveLength(0);
  const closed = telemetry.close();
  expect(texts).toHaveLength(1);
  await closed;
});

test.each(['exits', 'throws'])(
  'a process that %s in the turn of a line logs it, through a logger that holds lines back',
  (how) => {
    const program = join(import.meta.dirname, '../test-rig/last-line.ts');
    const { stdout } = spawnSync(process.execPath, ['--import', 'tsx', program, how], { encoding: 'utf8' });
    expect(JSON.parse(stdout)).toMatchObject({ msg: 'the last' });
  },
);
