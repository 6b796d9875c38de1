import { findExcess } from '../json-bounds.js';
import type { StandardResult, StandardSchema } from '../standard-schema.js';

/** The arguments of a wrapped tool: what its own server would do with them. */
export interface ForeignArguments {
  /** Parses them; absent when the tool takes none. */
  readonly parse: ((value: unknown) => StandardResult<unknown> | Promise<StandardResult<unknown>>) | undefined;
  /** The server's own `maxToolInputElements`. */
  readonly maxElements: number | undefined;
}

/** Makes a schema of it for `validate`. */
export function foreignSchema({ parse, maxElements }: ForeignArguments): StandardSchema | undefined {
  if (parse === undefined && maxElements === undefined) return undefined;
  return {
    '~standard': {
      version: 1,
      vendor: 'sallyport',
      validate(value) {
        const excess = maxElements === undefined ? undefined : findExcess(value, Number.POSITIVE_INFINITY, maxElements);
        if (excess !== undefined) return { issues: [{ message: excess }] };
        return parse === undefined ? { value } : parse(value);
      },
    },
  };
}
