import { createStack, deadline } from '@sallyport/core';
import { z } from 'zod';
import { serve } from '../src/index.js';

// A server with a tool that ends the process, as its argument says, in the turn in which it is called.
const stack = createStack().use(deadline(5_000));
const spec = { description: 'Of a process that ends.', input: z.object({}) };
const { port } = await serve(
  [
    stack.tool({ ...spec, name: 'answer', handler: () => 'the last' }),
    stack.tool({
      ...spec,
      name: 'leave',
      handler: () => {
        if (process.argv[2] === 'exits') process.exit();
        queueMicrotask(() => {
          throw new Error('boom');
        });
        return 'never heard';
      },
    }),
  ],
  { serverInfo: { name: 'last-answer', version: '1' }, anonymous: true, port: 0, log() {} },
);
console.log(port);
