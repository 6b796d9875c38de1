import { describe, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { tool, toolsOf } from './decorators.js';
import {
  admit,
  authorize,
  bound,
  type Call,
  createStack,
  deadline,
  depend,
  hardened,
  idempotent,
  type Layer,
  memoryAdmission,
  memoryIdempotency,
  type Principal,
  reply,
  type Stack,
  shed,
  type Tool,
  tenant,
  validate,
  type WithPrincipal,
} from './index.js';

const input = z.object({ a: z.number() });
const output = z.object({ b: z.string() });
const stack = hardened();
const base = { name: 'x', description: 'x', input } as const;
const handler = () => 'x';

describe('what a tool must declare', () => {
  test('a tool without access does not compile', () => {
    // @ts-expect-error access is missing
    stack.tool({ ...base, handler });
    // @ts-expect-error no such access
    stack.tool({ ...base, access: 'readonly', handler });
    stack.tool({ ...base, access: 'read', handler });
  });

  test('a write tool without effects does not compile', () => {
    // @ts-expect-error effects is missing
    stack.tool({ ...base, access: 'write', handler });
    // @ts-expect-error effects is missing
    stack.tool({ ...base, access: 'sensitive', handler });
    // @ts-expect-error effects is missing
    stack.tool({ ...base, access: 'admin', handler });
    // @ts-expect-error no such effects
    stack.tool({ ...base, access: 'write', effects: 'atomic', handler });
    stack.tool({ ...base, access: 'write', effects: 'natural', handler });
    stack.tool({ ...base, access: 'sensitive', effects: 'phased', handler });
    stack.tool({ ...base, access: 'admin', effects: 'transactional', handler });
  });

  test('a read tool that declares effects, a key or a reconciliation does not compile', () => {
    // @ts-expect-error reads have no effects
    stack.tool({ ...base, access: 'read', effects: 'natural', handler });
    // @ts-expect-error reads have no key
    stack.tool({ ...base, access: 'read', idempotencyKey: 'required', handler });
    // @ts-expect-error reads have nothing to reconcile
    stack.tool({ ...base, access: 'read', reconcile: () => undefined, handler });
  });

  test('only phased effects are reconciled', () => {
    stack.tool({ ...base, access: 'write', effects: 'phased', reconcile: () => undefined, handler });
    // @ts-expect-error natural effects are repeated
    stack.tool({ ...base, access: 'write', effects: 'natural', reconcile: () => undefined, handler });
    // @ts-expect-error the transaction knows
    stack.tool({ ...base, access: 'write', effects: 'transactional', reconcile: () => undefined, handler });
  });

  test('a sensitive or admin tool may demand a key but not fall back to its arguments', () => {
    stack.tool({ ...base, access: 'write', effects: 'phased', idempotencyKey: { fallbackMs: 60_000 }, handler });
    stack.tool({ ...base, access: 'sensitive', effects: 'phased', idempotencyKey: 'required', handler });
    // @ts-expect-error never for sensitive tools
    stack.tool({ ...base, access: 'sensitive', effects: 'phased', idempotencyKey: { fallbackMs: 60_000 }, handler });
    // @ts-expect-error an admin tool is as sensitive
    stack.tool({ ...base, access: 'admin', effects: 'phased', idempotencyKey: { fallbackMs: 60_000 }, handler });
  });

  test('name, description, input and handler are required', () => {
    // @ts-expect-error name is missing
    stack.tool({ description: 'x', input, access: 'read', handler });
    // @ts-expect-error description is missing
    stack.tool({ name: 'x', input, access: 'read', handler });
    // @ts-expect-error input is missing
    stack.tool({ name: 'x', description: 'x', access: 'read', handler });
    // @ts-expect-error handler is missing
    stack.tool({ ...base, access: 'read' });
  });
});

describe('a policy field whose layer is missing does not compile', () => {
  const small = createStack().use(authorize());
  const guarded = small.use(tenant()).use(admit(memoryAdmission()));

  test('limits without admit; a cost is one of the limits', () => {
    small.tool({ ...base, access: 'read', handler });
    // @ts-expect-error no admit layer
    small.tool({ ...base, access: 'read', limits: { perMinute: 3 }, handler });
    guarded.tool({ ...base, access: 'read', limits: { perMinute: 3, cost: 3 }, handler });
    guarded.tool({ ...base, access: 'read', limits: { cost: (arguments_: unknown) => Number(arguments_) }, handler });
    guarded.tool({ ...base, access: 'read', limits: ({ plan }) => ({ cost: plan === 'pro' ? 1 : 2 }), handler });
    // @ts-expect-error all agents of a tenant pay what the tool costs
    guarded.tool({ ...base, access: 'read', limitsPerTenant: { cost: 3 }, handler });
    // @ts-expect-error a cost is of a tool
    admit(memoryAdmission(), { agent: { cost: 3 } });
  });

  test('timeoutMs without deadline, maxOutputBytes without bound', () => {
    // @ts-expect-error no deadline layer
    small.tool({ ...base, access: 'read', timeoutMs: 3, handler });
    // @ts-expect-error no bound layer
    small.tool({ ...base, access: 'read', maxOutputBytes: 3, handler });
    small
      .use(deadline())
      .use(bound())
      .tool({ ...base, access: 'read', timeoutMs: 3, maxOutputBytes: 3, handler });
  });

  test('depends without depend, priority without shed', () => {
    // @ts-expect-error no depend layer
    small.tool({ ...base, access: 'read', depends: 'db', handler });
    // @ts-expect-error no shed layer
    small.tool({ ...base, access: 'read', priority: 'batch', handler });
    small
      .use(shed())
      .use(depend())
      .tool({ ...base, access: 'read', depends: 'db', priority: 'batch', handler });
    // @ts-expect-error no such priority
    stack.tool({ ...base, access: 'read', priority: 'urgent', handler });
    // @ts-expect-error shed needs the principal
    createStack().use(shed());
  });

  test('effects without idempotent, access without authorize', () => {
    // @ts-expect-error no idempotent layer
    guarded.tool({ ...base, access: 'write', effects: 'phased', handler });
    // @ts-expect-error no layer at all
    createStack().tool({ ...base, access: 'read', handler });
    createStack().tool({ ...base, handler });
  });

  test('a field or a limit that nobody knows', () => {
    // @ts-expect-error limits, not limit
    stack.tool({ ...base, access: 'read', limit: { perMinute: 3 }, handler });
    // @ts-expect-error perMinute, not perMinutes
    stack.tool({ ...base, access: 'read', limits: { perMinutes: 3 }, handler });
  });
});

test('layers in the wrong order do not compile', () => {
  const known = createStack().use(authorize());
  // @ts-expect-error tenant needs the principal
  createStack().use(tenant());
  // @ts-expect-error admit needs the tenant
  known.use(admit(memoryAdmission()));
  // @ts-expect-error admit needs the principal
  createStack().use(admit(memoryAdmission()));
  // @ts-expect-error idempotent needs the parsed input
  known.use(tenant()).use(idempotent(memoryIdempotency()));
  // @ts-expect-error idempotent needs the tenant
  known.use(validate()).use(idempotent(memoryIdempotency()));
  known
    .use(tenant())
    .use(admit(memoryAdmission()))
    .use(validate())
    .use(idempotent(memoryIdempotency()))
    .use(deadline());
});

describe('types flow into the handler', () => {
  test('from the input schema, as it is after parsing', () => {
    const parsed = z.object({
      n: z.coerce.number(),
      d: z.string().default('x'),
      t: z.string().transform((text) => text.length),
    });
    stack.tool({
      ...base,
      input: parsed,
      access: 'read',
      handler: (args) => {
        expectTypeOf(args).toEqualTypeOf<{ n: number; d: string; t: number }>();
      },
    });
  });

  test('from the layers: what each adds, and nothing that none added', () => {
    stack.tool({
      ...base,
      access: 'read',
      handler: (args, call) => {
        expectTypeOf(args).toEqualTypeOf<{ a: number }>();
        expectTypeOf(call.principal).toEqualTypeOf<Principal>();
        expectTypeOf(call.tenant).toEqualTypeOf<string>();
        expectTypeOf(call.remainingMs).toEqualTypeOf<() => number>();
        expectTypeOf(call.effect).toEqualTypeOf<
          { readonly downstreamKey: string; readonly fencingToken: number } | undefined
        >();
        expectTypeOf(call.signal).toEqualTypeOf<AbortSignal>();
      },
    });
    createStack()
      .use(authorize())
      .tool({
        ...base,
        access: 'read',
        handler: (args, call) => {
          expectTypeOf(args).toEqualTypeOf<unknown>();
          expectTypeOf(call).toEqualTypeOf<Call & WithPrincipal>();
          // @ts-expect-error no tenant layer
          call.tenant;
        },
      });
  });

  test('the call is not to be changed', () => {
    stack.tool({
      ...base,
      access: 'read',
      handler: (_, call) => {
        // @ts-expect-error read-only
        call.tenant = 'globex';
        // @ts-expect-error read-only
        call.principal.scopes.push('mcp:admin');
      },
    });
  });

  test('and out of it: the value must match the output schema', () => {
    stack.tool({ ...base, output, access: 'read', handler: () => ({ b: 'x' }) });
    stack.tool({ ...base, output, access: 'read', handler: async () => ({ b: 'x' }) });
    stack.tool({
      ...base,
      output,
      access: 'read',
      handler: () => reply({ content: [], structuredContent: { b: 'x' } }),
    });
    // @ts-expect-error b is a text
    stack.tool({ ...base, output, access: 'read', handler: () => ({ b: 3 }) });
    // @ts-expect-error b is missing
    stack.tool({ ...base, output, access: 'read', handler: async () => ({}) });
    // @ts-expect-error nothing is not an output
    stack.tool({ ...base, output, access: 'read', handler: () => {} });
    const defaulted = z.object({ b: z.string().default('x') });
    stack.tool({ ...base, output: defaulted, access: 'read', handler: () => ({}) });
  });

  test('a layer of one’s own adds to the call and demands of the tool', () => {
    interface Region {
      readonly region: 'eu' | 'us';
    }
    const region: Layer<WithPrincipal, { readonly endpoint: string }, Region> = {
      name: 'region',
      wrap: (next, facts) => (call) => next({ ...call, endpoint: `${facts.region}/${call.principal.subject}` }),
    };
    const own = createStack().use(authorize()).use(region);
    own.tool({
      ...base,
      access: 'read',
      region: 'eu',
      handler: (_, call) => expectTypeOf(call.endpoint).toEqualTypeOf<string>(),
    });
    // @ts-expect-error region is missing
    own.tool({ ...base, access: 'read', handler });
    // @ts-expect-error no such region
    own.tool({ ...base, access: 'read', region: 'mars', handler });
    // @ts-expect-error region needs the principal
    createStack().use(region);
    expectTypeOf(own.tool({ ...base, access: 'read', region: 'us', handler })).toEqualTypeOf<Tool>();
    expectTypeOf(createStack()).toEqualTypeOf<Stack>();
  });
});

describe('the same rules hold for decorated methods', () => {
  class Tools {
    @tool(stack, { ...base, output, access: 'read' })
    plain({ a }: z.output<typeof input>) {
      return { b: String(a) };
    }

    @tool(stack, { ...base, output, access: 'read' })
    async withCall({ a }: { a: number }, { tenant }: { tenant: string }) {
      return { b: tenant + a };
    }

    @tool(stack, { ...base, access: 'write', effects: 'phased' })
    write({ a }: { a: number }) {
      return a;
    }

    // @ts-expect-error wrong input
    @tool(stack, { ...base, output, access: 'read' })
    wrongInput({ a }: { a: string }) {
      return { b: a };
    }

    // @ts-expect-error wrong output
    @tool(stack, { ...base, output, access: 'read' })
    async wrongOutput({ a }: { a: number }) {
      return { b: a };
    }

    // @ts-expect-error no layer adds it
    @tool(stack, { ...base, output, access: 'read' })
    wrongCall(_: { a: number }, { db }: { db: object }) {
      return { b: String(db) };
    }

    // @ts-expect-error access is missing
    @tool(stack, { ...base, output })
    async noAccess({ a }: { a: number }) {
      return { b: String(a) };
    }

    // @ts-expect-error effects is missing
    @tool(stack, { ...base, access: 'write' })
    noEffects({ a }: { a: number }) {
      return a;
    }

    // @ts-expect-error no such limit
    @tool(stack, { ...base, access: 'read', limits: { perMinutes: 1 } })
    noSuchLimit({ a }: { a: number }) {
      return a;
    }

    // @ts-expect-error only methods
    @tool(stack, { ...base, access: 'read' })
    readonly field = 1;
  }

  test('and toolsOf gives tools', () => {
    expectTypeOf(toolsOf(new Tools())).toEqualTypeOf<readonly Tool[]>();
  });
});
