import { AsyncLocalStorage } from 'node:async_hooks';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test, vi } from 'vitest';
import { exchange } from '../../test-rig/exchange.js';
import { call, written } from '../../test-rig/messages.js';
import { writeTogether } from './write-together.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

afterEach(async () => {
  vi.restoreAllMocks();
  await turn();
});

function answers() {
  // No time passes, however slow the machine is.
  vi.spyOn(performance, 'now').mockReturnValue(0);
  const sent: unknown[] = [];
  const failed = vi.fn();
  const response = (more: object = {}) => ({ end: (text: string) => void sent.push(text), ...more }) as never;
  const end = (text: string, more: object = {}) => writeTogether(response(more), text, 'latin1', failed);
  return { sent, failed, end };
}

test('answers of one turn are written at its end, in order', async () => {
  const { sent, end } = answers();
  end('a');
  await Promise.resolve();
  end('b');
  expect(sent).toEqual([]);
  await turn();
  expect(sent).toEqual(['a', 'b']);
  end('c');
  expect(sent).toHaveLength(2);
  await turn();
  expect(sent).toEqual(['a', 'b', 'c']);
});

test.each([{ destroyed: true }, { writableEnded: true }])(
  'an answer that nobody waits for any more is not written, and the others are: %j',
  async (more) => {
    const { sent, failed, end } = answers();
    end('a');
    end('b', more);
    end('c');
    await turn();
    expect(sent).toEqual(['a', 'c']);
    expect(failed).not.toHaveBeenCalled();
  },
);

test('an answer that cannot be ended fails alone', async () => {
  const { sent, failed, end } = answers();
  const error = new Error('wrapped');
  end('a');
  end('b', {
    end() {
      throw error;
    },
  });
  end('c');
  await turn();
  expect(sent).toEqual(['a', 'c']);
  expect(failed.mock.calls).toEqual([[error]]);
});

test('each answer ends in the context in which it was made', async () => {
  const { end } = answers();
  const context = new AsyncLocalStorage<number>();
  const seen: unknown[] = [];
  const told = { end: () => void seen.push(context.getStore()) };
  for (let call = 1; call <= 3; call++) context.run(call, () => end('', told));
  await turn();
  for (let call = 4; call <= 35; call++) context.run(call, () => end('', told));
  expect(seen).toEqual(Array.from({ length: 35 }, (_, index) => index + 1));
});

test.each(['exits', 'throws'])('an answer that waits reaches its client when the process %s', async (how) => {
  const program = join(import.meta.dirname, '../../test-rig/last-answer.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program, how], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
  // In one write, so that both are read in one turn.
  const { status, text } = await exchange(Number(port), written(call('answer')) + written(call('leave')));
  expect(status).toBe(200);
  expect(JSON.parse(text)).toMatchObject({ result: { content: [{ text: 'the last' }] } });
});
