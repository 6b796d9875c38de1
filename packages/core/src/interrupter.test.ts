import { expect, test } from 'vitest';
import { z } from 'zod';
import { deadline } from './layers/deadline.js';
import { createStack } from './stack.js';

const spec = { name: 'keeps', description: 'Keeps its signal.', input: z.object({}) };

test.each([
  ['behind a deadline', createStack().use(deadline())],
  ['without one', createStack()],
])('no two calls share a signal, %s, although their caller cannot interrupt them', async (_, stack) => {
  const seen = new Set<AbortSignal>();
  const tool = stack.tool({
    ...spec,
    handler: (_input, { signal }) => {
      seen.add(signal);
      return '';
    },
  });
  await tool.call({ input: {} });
  await tool.call({ input: {} });
  expect(seen.size).toBe(2);
});
