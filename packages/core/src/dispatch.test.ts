import { expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Call } from './call.js';
import { dispatch, type Incoming } from './dispatch.js';
import { hardened } from './hardened.js';

const principal = { issuer: 'static', subject: 'me', scopes: ['mcp:tools:read'], tenant: 'acme' };
let seen: Call | undefined;
const tool = hardened().tool({
  name: 'keep',
  description: 'Keeps its call.',
  access: 'read',
  input: z.object({}),
  handler: (_, call) => {
    seen = call;
    call.client.progress(1);
    call.client.log('info', 'in time');
  },
});

function incoming(more: Partial<Incoming> = {}) {
  const request = {
    input: {},
    id: 7,
    signal: new AbortController().signal,
    meta: { progressToken: 'token', 'com.example/x': 1 },
    authInfo: undefined,
    sdk: { its: 'own' },
    progress: vi.fn(async () => {}),
    log: vi.fn(async () => {}),
  };
  return { ...request, ...more };
}

it('the call has what the request had', async () => {
  const request = incoming();
  expect(await dispatch(tool, request, { principal })).toMatchObject({ result: { content: [] } });
  expect(seen).toMatchObject({ requestId: '7', meta: request.meta, sdk: request.sdk });
  expect(seen?.auth).toBe(principal);
  expect(request.progress).toHaveBeenCalledWith({ progressToken: 'token', progress: 1 });
  expect(request.log).toHaveBeenCalledWith('info', 'in time');
});

it('nothing goes out for a call that is answered', async () => {
  const request = incoming();
  await dispatch(tool, request, { principal });
  seen?.client.progress(2);
  seen?.client.log('info', 'late');
  expect(request.progress).toHaveBeenCalledOnce();
  expect(request.log).toHaveBeenCalledOnce();
});

it('a request that was cancelled already does not run', async () => {
  seen = undefined;
  const ended = await dispatch(tool, incoming({ signal: AbortSignal.abort() }), { principal });
  expect(ended).toMatchObject({ error: { code: 'CANCELLED' } });
  expect(seen).toBeUndefined();
});
