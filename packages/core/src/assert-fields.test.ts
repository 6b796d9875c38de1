import { expect, it } from 'vitest';
import { z } from 'zod';
import { hardened } from './hardened.js';
import { authorize } from './layers/authorize.js';
import { PolicyError } from './policy-error.js';
import { createStack, type Stack } from './stack.js';

const spec = { name: 'x', description: 'x', access: 'read', input: z.object({}), handler: () => 'x' } as const;

it.each(['limits', 'timeoutMs', 'effects', 'maxOutputBytes', 'acess'])(
  'a field that no layer of the stack reads is refused: %s',
  (field) => {
    const stack: Stack = createStack().use(authorize());
    const declare = () => stack.tool({ ...spec, [field]: 1 });
    expect(declare).toThrow(PolicyError);
    expect(declare).toThrow(`"x": ${field} is read by no layer of this stack`);
  },
);

it('a field that is undefined is not declared', () => {
  const stack: Stack = createStack().use(authorize());
  expect(stack.tool({ ...spec, ...{ limits: undefined } }).facts.name).toBe('x');
});

it('every field of the shipped layers is read', () => {
  const { name } = hardened().tool({
    ...spec,
    access: 'write',
    scopes: ['a'],
    effects: 'phased',
    idempotencyKey: 'required',
    limits: { perMinute: 3 },
    cost: 1,
    timeoutMs: 5,
    maxOutputBytes: 5,
  }).facts;
  expect(name).toBe('x');
});
