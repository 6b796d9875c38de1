import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { mayBeAsync } from './may-be-async.js';

const wait = async () => true;

describe('a schema that holds a function of its author may wait', () => {
  const cases: Readonly<Record<string, z.ZodType>> = {
    refine: z.string().refine(wait),
    superRefine: z.string().superRefine(async () => {}),
    check: z.string().check(async () => {}),
    transform: z.string().transform(wait),
    custom: z.custom(() => true),
    preprocess: z.preprocess((value) => value, z.string()),
    lazy: z.lazy(() => z.string().refine(wait)),
    'deep in arrays and objects': z.object({ a: z.array(z.object({ b: z.string().refine(wait) })) }),
    'in an option of a union': z.union([z.number(), z.string().refine(wait)]),
    'in a record, a tuple, a map': z.record(z.string(), z.tuple([z.map(z.string(), z.number().refine(wait))])),
    'behind optional, default and nullable': z.string().refine(wait).default('x').nullable().optional(),
  };
  test.each(Object.entries(cases))('%s', (_, schema) => {
    expect(mayBeAsync(schema)).toBe(true);
  });
});

test('every other schema answers at once', () => {
  const schema = z.strictObject({
    text: z
      .string()
      .min(1)
      .max(9)
      .trim()
      .regex(/x/, { error: () => 'no' }),
    mail: z.email().optional(),
    count: z
      .int()
      .positive()
      .default(() => 1),
    kind: z.discriminatedUnion('k', [z.object({ k: z.literal('a') }), z.object({ k: z.literal('b') })]),
    rest: z.record(z.string(), z.array(z.date())),
  });
  expect(mayBeAsync(schema)).toBe(false);
  expect(mayBeAsync({ '~standard': { version: 1, vendor: 'x', validate: wait } })).toBe(false);
});
