import { PolicyError } from './policy-error.js';
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

/** Throws a {@link PolicyError} when the author's own argument can be no text: a call with a key could then never be valid. */
export function assertKeyArgument(tool: string, { properties }: JsonSchema): void {
  if (properties === undefined || !Object.hasOwn(properties, idempotencyArgument)) return;
  if (!allowsText(properties[idempotencyArgument])) {
    throw new PolicyError(tool, 'input', `has an ${idempotencyArgument} that is no text; name it otherwise`);
  }
}

/** Whether a text can match the schema, as far as its types say. */
function allowsText(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return schema !== false;
  const { type, anyOf, oneOf, allOf, enum: values } = schema as Readonly<Record<string, unknown>>;
  if (type !== undefined && ![type].flat().includes('string')) return false;
  if (Array.isArray(values) && !values.some((value) => typeof value === 'string')) return false;
  if (Array.isArray(allOf) && !allOf.every(allowsText)) return false;
  return [anyOf, oneOf].every((ways) => !Array.isArray(ways) || ways.some(allowsText));
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
 * The key of a call, and the arguments without the one the framework added. Throws `INVALID_INPUT` for a key that is not 1 to
 * 255 characters of text, and for two that differ, in `_meta` and as argument.
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
  const inMeta = meta[idempotencyMetaKey] ?? undefined;
  if (inMeta !== undefined && argument !== undefined && inMeta !== argument) {
    throw new ToolError('INVALID_INPUT', `${idempotencyArgument} and the key in _meta differ. Send one of them.`);
  }
  const key = inMeta ?? argument;
  if (key === undefined) return { key, rest };
  if (typeof key !== 'string' || key.length === 0 || key.length > maxLength) {
    throw new ToolError('INVALID_INPUT', `${idempotencyArgument} must be a text of 1 to ${maxLength} characters.`);
  }
  return { key, rest };
}
