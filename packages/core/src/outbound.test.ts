import { expect, it, vi } from 'vitest';
import { openOutbound } from './outbound.js';

function open(meta: Record<string, unknown>, fails = false) {
  const send = async () => {
    if (fails) throw new Error('the connection is gone');
  };
  const progress = vi.fn(send);
  const log = vi.fn(send);
  return { progress, log, ...openOutbound(meta, { progress, log }) };
}

it.each(['token', 0, 7])('progress carries the token that the client gave: %s', (progressToken) => {
  const { client, progress } = open({ progressToken });
  client.progress(1, 2, 'half');
  expect(progress).toHaveBeenCalledWith({ progressToken, progress: 1, total: 2, message: 'half' });
});

it.each([undefined, null, {}, ['token'], true])('without a token there is no progress: %j', (progressToken) => {
  const { client, progress } = open({ progressToken });
  client.progress(1);
  expect(progress).not.toHaveBeenCalled();
});

it('progress that does not grow is dropped', () => {
  const { client, progress } = open({ progressToken: 1 });
  for (const value of [0, 0, -1, 0.5, Number.NaN, 0.5, 1]) client.progress(value);
  expect(progress.mock.calls).toEqual([
    [{ progressToken: 1, progress: 0 }],
    [{ progressToken: 1, progress: 0.5 }],
    [{ progressToken: 1, progress: 1 }],
  ]);
});

it('nothing is sent once the call is answered', () => {
  const { client, close, progress, log } = open({ progressToken: 1 });
  close();
  client.progress(1);
  client.log('info', 'late');
  expect(progress).not.toHaveBeenCalled();
  expect(log).not.toHaveBeenCalled();
});

it('what cannot be sent fails nothing', async () => {
  const { client } = open({ progressToken: 1 }, true);
  client.progress(1);
  client.log('info', 'x');
  await new Promise((resolve) => setImmediate(resolve));
});
