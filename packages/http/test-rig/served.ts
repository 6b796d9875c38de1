import { hardened } from '@sallyport/core';
import { z } from 'zod';
import { serve } from '../src/index.js';

/** A program for the tests of signals: reports over IPC, so that no test has to guess when. */
const tell = (text: string) => process.send?.(text);
const stack = hardened();
const input = z.object({});
const shared = { description: 'Runs.', access: 'read', input } as const;

const tools = [
  stack.tool({
    ...shared,
    name: 'slow',
    handler: async () => {
      tell('began');
      await new Promise((resolve) => process.once('message', resolve));
      return 'slept';
    },
  }),
  stack.tool({
    ...shared,
    name: 'endless',
    handler: (_, { signal }) => {
      tell('began');
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped')));
    },
  }),
  stack.tool({
    ...shared,
    name: 'stubborn',
    timeoutMs: 60_000,
    handler: () => {
      tell('began');
      return new Promise(() => {});
    },
  }),
];

const host = await serve(tools, {
  anonymous: true,
  serverInfo: { name: 'served', version: '1' },
  port: 0,
  signals: true,
  // Interrupts after 300 ms.
  drain: { graceMs: 5_300 },
  log: ({ event }) => {
    if (event === 'draining') tell(event);
  },
});
tell(host.url);
