import { PolicyError } from './policy-error.js';
import type { JsonSchema } from './tool-facts.js';

/** How large a schema may be: whoever validates with it pays for each part (MCP, JSON Schema usage). */
const maxDepth = 32;
const maxSubschemas = 2_000;

const headerKeyword = 'x-mcp-header';
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const headerTypes: ReadonlySet<unknown> = new Set(['string', 'integer', 'boolean']);
/** Headers are logged by everything on the way. */
const secretName = /passw|secret|credential|private[-_]?key|api[-_]?key|(?:access|auth|bearer|refresh|id)[-_]?token/i;

/** Keywords whose value is data and no schema. */
const data: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'example', 'examples', 'required', 'type']);
/** Keywords whose value is a map from names to schemas. */
const maps: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
]);

const passed = new WeakSet<JsonSchema>();

/**
 * Throws a {@link PolicyError} for a schema that clients must not be shown: references that are not local (nobody should
 * fetch them), more than 2,000 subschemas or 32 levels, and `x-mcp-header` that is not a header name of its own on a string,
 * an integer or a boolean, reached through `properties` only, or that would put a secret into a header (MCP 2026-07-28,
 * tools, `x-mcp-header`).
 */
export function assertListedSchema(tool: string, field: 'input' | 'output', schema: JsonSchema): void {
  if (passed.has(schema)) return;
  const refuse = (problem: string): never => {
    throw new PolicyError(tool, field, problem);
  };
  const seen = new Set<string>();
  let count = 0;
  const visit = (node: unknown, path: readonly string[], depth: number, reachable: boolean): void => {
    if (typeof node !== 'object' || node === null) return;
    if (Array.isArray(node)) {
      for (const item of node) visit(item, path, depth, false);
      return;
    }
    count++;
    if (depth > maxDepth || count > maxSubschemas) refuse('is nested too deep or has too many subschemas');
    for (const [keyword, value] of Object.entries(node)) {
      if (keyword === '$ref' || keyword === '$dynamicRef') {
        if (typeof value !== 'string' || !value.startsWith('#')) refuse(`has a ${keyword} that is not local`);
      } else if (keyword === headerKeyword) {
        assertHeader(value, (node as { type?: unknown }).type, path, reachable && path.length > 0);
      } else if (maps.has(keyword)) {
        for (const [name, child] of Object.entries(value ?? {})) {
          visit(child, [...path, name], depth + 1, reachable && keyword === 'properties');
        }
      } else if (!data.has(keyword)) visit(value, path, depth + 1, false);
    }
  };
  const assertHeader = (value: unknown, type: unknown, path: readonly string[], reachable: boolean): void => {
    const at = `has ${headerKeyword} at ${path.join('.') || 'its root'}`;
    if (field === 'output' || !reachable) refuse(`${at}, which is not a property reached through properties only`);
    if (typeof value !== 'string' || !headerName.test(value)) refuse(`${at} whose value is not a header name`);
    if (!headerTypes.has(type)) refuse(`${at}, which is not a string, an integer or a boolean`);
    const name = String(value).toLowerCase();
    if (seen.has(name)) refuse(`${at} whose value another property has`);
    seen.add(name);
    if ([...path, name].some((part) => secretName.test(part))) refuse(`${at}, which looks like a secret`);
  };
  visit(schema, [], 0, true);
  passed.add(schema);
}
