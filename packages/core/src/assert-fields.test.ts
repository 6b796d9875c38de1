import { expect, it } from 'vitest';
import { z } from 'zod';
import { deriveAccess } from './derive-access.js';
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
    limits: { perMinute: 3, cost: 1 },
    timeoutMs: 5,
    maxOutputBytes: 5,
  }).facts;
  expect(name).toBe('x');
});

it('the error says which layer to add', () => {
  const { access: _, ...bare } = spec;
  const declare = (field: object) => () => createStack().tool({ ...bare, ...field });
  for (const [field, layer] of [
    ['access', 'authorize()'],
    ['limits', 'admit(store)'],
    ['effects', 'idempotent(store)'],
    ['timeoutMs', 'deadline()'],
    ['maxOutputBytes', 'bound()'],
  ]) {
    expect(declare({ [field as string]: 1 })).toThrow(
      `Tool "x": ${field} is read by no layer of this stack: add ${layer} to it`,
    );
  }
});

it('a wrapped server whose author declared nothing is told that the field is not his', () => {
  const stack: Stack = createStack();
  const wrap = (kind: 'tool' | 'resource', policy: object) => () =>
    stack.wrap({ kind, name: 'x', ...policy }, async () => ({}));
  const error =
    'access is read by no layer of this stack: add authorize() to it (harden sets it where its author does not)';
  expect(wrap('tool', deriveAccess(undefined))).toThrow(error);
  expect(wrap('resource', { access: 'read' })).toThrow(error);
});
