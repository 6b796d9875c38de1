import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { tool } from './decorators.js';
import {
  admit,
  authorize,
  createStack,
  deadline,
  hardened,
  idempotent,
  memoryAdmission,
  memoryIdempotency,
  tenant,
  validate,
} from './index.js';

const input = z.object({ a: z.number() });
const output = z.object({ b: z.string() });
const stack = hardened();
const base = { name: 'x', description: 'x', input } as const;

test('a tool without access does not compile', () => {
  // @ts-expect-error access is missing
  stack.tool({ ...base, handler: () => 'x' });
  stack.tool({ ...base, access: 'read', handler: () => 'x' });
});

test('a write tool without effects does not compile', () => {
  // @ts-expect-error effects is missing
  stack.tool({ ...base, access: 'write', handler: () => 'x' });
  // @ts-expect-error effects is missing
  stack.tool({ ...base, access: 'sensitive', handler: () => 'x' });
  stack.tool({ ...base, access: 'write', effects: 'natural', handler: () => 'x' });
  // @ts-expect-error reads have no effects
  stack.tool({ ...base, access: 'read', effects: 'natural', handler: () => 'x' });
});

test('a policy field whose layer is missing does not compile', () => {
  const small = createStack().use(authorize());
  small.tool({ name: 'x', description: 'x', input, access: 'read', handler: () => 'x' });
  // @ts-expect-error no deadline layer
  small.tool({ name: 'x', description: 'x', input, access: 'read', timeoutMs: 3, handler: () => 'x' });
  // @ts-expect-error no admit layer
  small.tool({ name: 'x', description: 'x', input, access: 'read', limits: { perMinute: 3 }, handler: () => 'x' });
  // @ts-expect-error no such field
  stack.tool({ name: 'x', description: 'x', input, access: 'read', limit: { perMinute: 3 }, handler: () => 'x' });
});

test('layers in the wrong order do not compile', () => {
  // @ts-expect-error tenant needs the principal
  createStack().use(tenant());
  // @ts-expect-error admit needs the tenant
  createStack().use(authorize()).use(admit(memoryAdmission()));
  // @ts-expect-error idempotent needs the parsed input
  createStack().use(authorize()).use(tenant()).use(idempotent(memoryIdempotency()));
  createStack()
    .use(authorize())
    .use(tenant())
    .use(admit(memoryAdmission()))
    .use(validate())
    .use(idempotent(memoryIdempotency()))
    .use(deadline());
});

test('types flow', () => {
  stack.tool({
    ...base,
    output,
    access: 'read',
    handler: (args, call) => {
      expectTypeOf(args).toEqualTypeOf<{ a: number }>();
      expectTypeOf(call.tenant).toEqualTypeOf<string>();
      return { b: 'x' };
    },
  });
  // @ts-expect-error output type
  stack.tool({ ...base, output, access: 'read', handler: () => ({ b: 3 }) });
  createStack()
    .use(authorize())
    .tool({
      ...base,
      access: 'read',
      handler: (args) => {
        expectTypeOf(args).toEqualTypeOf<unknown>();
      },
    });
});

class X {
  @tool(stack, { ...base, output, access: 'read' })
  ok({ a }: z.output<typeof input>) {
    return { b: String(a) };
  }

  // @ts-expect-error wrong input
  @tool(stack, { ...base, output, access: 'read' })
  bad({ a }: { a: string }) {
    return { b: a };
  }

  // @ts-expect-error wrong output
  @tool(stack, { ...base, output, access: 'read' })
  async bad2({ a }: { a: number }) {
    return { b: a };
  }

  // @ts-expect-error no access
  @tool(stack, { ...base, output })
  async bad3({ a }: { a: number }) {
    return { b: String(a) };
  }

  @tool(stack, { ...base, output, access: 'read' })
  async withCall({ a }: { a: number }, { tenant }: { tenant: string }) {
    return { b: tenant + a };
  }
}
