import { parseArgs } from 'node:util';
import type { Tool } from '@sallyport/core';
import { z } from 'zod';
import { readConfig } from '../../examples/postgres/src/config.js';
import { serveTools } from '../../examples/postgres/src/serve-tools.js';
import { allTools } from '../../examples/postgres/src/tools/all-tools.js';
import type { ToolCall, ToolStack } from '../../examples/postgres/src/tools/tool-stack.js';

// The example, whole, with two more tools that it must not ship: one that fails in every way a handler can, and one that says
// who calls.

const secret = 'password=hunter2';

function leak(stack: ToolStack): Tool {
  const ways: Readonly<Record<string, (call: ToolCall) => unknown>> = {
    error: () => {
      throw new Error(secret, { cause: new Error(secret) });
    },
    text: () => {
      throw secret;
    },
    protocol_error: () => {
      throw Object.assign(new Error(secret), { code: -32602, data: { secret } });
    },
    in_a_transaction: async ({ db }) => {
      await db.sql('select 1');
      throw new Error(secret);
    },
    a_statement: ({ db }) => db.sql(`select "${secret}" from customers`),
    an_answer: () => ({ done: secret }),
  };
  return stack.tool({
    name: 'leak',
    description: 'Fails.',
    access: 'read',
    input: z.strictObject({ way: z.enum(Object.keys(ways)) }),
    output: z.object({ done: z.boolean() }),
    handler: ({ way }, call) => ways[way]?.(call) as { done: boolean },
  });
}

function whoami(stack: ToolStack): Tool {
  return stack.tool({
    name: 'whoami',
    description: 'Says who calls.',
    access: 'read',
    input: z.strictObject({}),
    output: z.object({
      issuer: z.string(),
      subject: z.string(),
      tenant: z.string(),
      plan: z.string().nullable(),
      scopes: z.array(z.string()),
    }),
    handler: (_, { principal, tenant }) => ({
      issuer: principal.issuer,
      subject: principal.subject,
      tenant,
      plan: principal.plan ?? null,
      scopes: [...principal.scopes],
    }),
  });
}

const { values } = parseArgs({ options: { stdio: { type: 'boolean', default: false } } });
await serveTools(
  readConfig(process.env, values),
  (stack, payments) => [...allTools(stack, payments), leak(stack), whoami(stack)],
  values,
);
