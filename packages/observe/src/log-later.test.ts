import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { testPrincipal } from '@sallyport/testkit';
import { pino } from 'pino';
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
