import type { Admission, WindowLimit } from '@sallyport/core';
import { expect, it } from 'vitest';
import { setLimitHeaders } from './limit-headers.js';

const agent = '4 calls per minute reached for this agent';
const window = (over: Partial<WindowLimit>): WindowLimit => ({
  key: String(over.scope),
  reached: agent,
  limit: 4,
  windowMs: 60_000,
  cost: 1,
  scope: 'agent',
  ...over,
});
const windows = [window({}), window({ scope: 'tool', reached: `${agent} on tight` })];
const decided = { atMs: 0, remaining: [0, 0] };

/** The headers of an answer to a call with these windows. */
function headers(admission: Admission): Record<string, string> {
  const set: Record<string, string> = {};
  const request = { id: 'x', tenant: 'acme', windows, leases: [], leaseMs: 1_000 };
  setLimitHeaders({ headersSent: false, setHeader: (name, value) => (set[name] = value) }, request, admission);
  return set;
}

it.each([
  [agent, '"agent-minute";r=0;t=9, "tool-minute";r=0'],
  [`${agent} on tight`, '"agent-minute";r=0, "tool-minute";r=0;t=9'],
  ['2 calls at once reached for this agent', '"agent-minute";r=0, "tool-minute";r=0'],
])(
  'only the window that denied says when it admits, also where its text begins as that of another: %s',
  (limit, said) => {
    expect(headers({ ...decided, admitted: false, limit, retryAfterMs: 8_400 })).toMatchObject({
      RateLimit: said,
      'Retry-After': '9',
    });
  },
);

it('what is said is what was enforced: the quota of a share, and which share denied', () => {
  const shares = windows.map((one) => ({ ...one, reached: `${one.reached} (its share)`, limit: one.limit / 3 }));
  const denied = {
    ...decided,
    admitted: false,
    limit: `${agent} (its share)`,
    retryAfterMs: 1,
    windows: shares,
  } as const;
  expect(headers(denied)).toMatchObject({
    'RateLimit-Policy': '"agent-minute";q=1;w=60, "tool-minute";q=1;w=60',
    RateLimit: '"agent-minute";r=0;t=1, "tool-minute";r=0',
  });
});
