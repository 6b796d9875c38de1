import { type JsonSchema, PolicyError } from '@sallyport/core';
import { editDistance } from '../values/edit-distance.js';
import { leadsSomewhere, listedPaths } from './secret-path.js';

/**
 * Throws a {@link PolicyError} for a path that leads to nothing in what agents send: what was meant would stay in clear. What a
 * schema leaves open (`z.unknown()`, a record's names) is taken to be there.
 */
export function assertSecretPaths(tool: string, paths: unknown, input: JsonSchema): asserts paths is readonly string[] {
  if (!Array.isArray(paths) || paths.some((path) => typeof path !== 'string' || path === '')) {
    throw new PolicyError(tool, 'secret', 'must be a list of paths');
  }
  for (const path of paths as readonly string[]) {
    if (leadsSomewhere(input, path)) continue;
    const [nearest] = [...listedPaths(input)].sort((a, b) => editDistance(a, path) - editDistance(b, path));
    const advice =
      nearest === undefined ? 'it has no properties' : `the nearest property is ${JSON.stringify(nearest)}`;
    throw new PolicyError(
      tool,
      'secret',
      `has the path ${JSON.stringify(path)}, which leads to nothing in the input: ${advice}`,
    );
  }
}
