import { ToolError } from './tool-error.js';
import type { JsonSchema, ToolFacts } from './tool-facts.js';

/** Where a client puts the key in the request's `_meta`. */
export const idempotencyMetaKey = 'dev.sallyport/idempotencyKey';

/** The argument that a model can give it in. */
export const idempotencyArgument = 'idempotency_key';

const maxLength = 255;

/** Whether the framework, and not the author, puts the argument into the tool's schema. */
function addsKeyArgument(policy: ToolFacts['policy']): boolean {
  return (policy.idempotent as { addsArgument?: boolean } | undefined)?.addsArgument === true;
}

/** The schema as `tools/list` shows it, given what the layers decided. */
export function listedSchema(schema: JsonSchema, policy: ToolFacts['policy']): JsonSchema {
  if (!addsKeyArgument(policy)) return schema;
  return withKeyArgument(schema, (policy.idempotent as { key?: unknown }).key === 'required');
}

/** Whether the author's own schema has the argument; it is then read but not taken out. */
export function declaresKeyArgument({ properties }: JsonSchema): boolean {
  return properties !== undefined && Object.hasOwn(properties, idempotencyArgument);
}

/** The schema with the argument, described for the model. */
function withKeyArgument(schema: JsonSchema, required: boolean): JsonSchema {
  return {
    ...schema,
    properties: {
      ...schema.properties,
      [idempotencyArgument]: {
        type: 'string',
        minLength: 1,
        maxLength,
        description:
          'Choose a new value for each intended effect and send the same one when you repeat the call: the effect then happens once and you get the first result.',
      },
    },
    ...(required ? { required: [...(schema.required ?? []), idempotencyArgument] } : {}),
  };
}

/**
 * The key of a call, and the arguments without the one the framework added. `_meta` goes before the argument. Throws
 * `INVALID_INPUT` for a key that is not 1 to 255 characters of text.
 */
export function idempotencyKeyOf(
  tool: ToolFacts,
  input: unknown,
  meta: Readonly<Record<string, unknown>>,
): { readonly key: string | undefined; readonly rest: unknown } {
  if (tool.policy.idempotent === undefined) return { key: undefined, rest: input };
  let argument: unknown;
  let rest = input;
  if (typeof input === 'object' && input !== null && Object.hasOwn(input, idempotencyArgument)) {
    const { [idempotencyArgument]: given, ...others } = input as Record<string, unknown>;
    argument = given;
    if (addsKeyArgument(tool.policy)) rest = others;
  }
  const key = meta[idempotencyMetaKey] ?? argument;
  if (key === undefined) return { key, rest };
  if (typeof key !== 'string' || key.length === 0 || key.length > maxLength) {
    throw new ToolError('INVALID_INPUT', `${idempotencyArgument} must be a text of 1 to ${maxLength} characters.`);
  }
  return { key, rest };
}
