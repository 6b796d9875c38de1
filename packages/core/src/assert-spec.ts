import { PolicyError } from './policy-error.js';
import { assertToolName } from './tool-name.js';

/** The fields that must have this `typeof` when they are there. */
const optional = {
  title: 'string',
  owner: 'string',
  version: 'string',
  annotations: 'object',
  meta: 'object',
} as const;

/** Throws a {@link PolicyError} for a declaration that only plain JavaScript can make: what the types of a `ToolSpec` refuse. */
export function assertSpec(spec: object): void {
  const { name, description, input, output, handler, ...rest } = spec as Readonly<Record<string, unknown>>;
  assertToolName(name);
  if (typeof description !== 'string' || description === '')
    throw new PolicyError(name, 'description', 'must be a text');
  if (!isZod(input)) throw new PolicyError(name, 'input', 'must be a zod 4 schema');
  if (output !== undefined && !isZod(output)) throw new PolicyError(name, 'output', 'must be a zod 4 schema');
  if (typeof handler !== 'function') throw new PolicyError(name, 'handler', 'must be a function');
  for (const [field, type] of Object.entries(optional)) {
    const value = rest[field];
    if (value === undefined || (value !== null && typeof value === type)) continue;
    throw new PolicyError(name, field, `must be of type ${type}`);
  }
}

function isZod(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '_zod' in value;
}
