import { expect, test } from 'vitest';
import { connections } from './exchange.js';

test('what cannot be sent at all is an outcome', async () => {
  const line = connections(new URL('http://127.0.0.1:1'), 1_000);
  const message = { headers: { Authorization: 'Bearer 検索' }, body: '' };
  expect(await line.post(message, 1, new AbortController().signal)).toEqual({ breakage: 'network' });
  line.close();
});
