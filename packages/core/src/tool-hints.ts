import type { EffectiveIdempotency } from './idempotent-policy.js';
import { PolicyError } from './policy-error.js';
import type { ToolAnnotations, ToolFacts } from './tool-facts.js';

/** A declaration, as far as hints come from it. */
type Declared = Pick<ToolFacts, 'name' | 'kind' | 'annotations'> & {
  readonly access?: unknown;
  readonly derivedFrom?: unknown;
};

/**
 * What `tools/list` says of a tool: its author's annotations, and where they are silent what its policy says. A tool that reads is
 * `readOnlyHint`; of a write whose repetition is harmless, because it needs a key or by its nature, `idempotentHint` is said. Whether
 * it destroys something only the author knows. Throws a {@link PolicyError} for a `readOnlyHint` that contradicts `access`.
 */
export function toolHints(tool: Declared, policy: ToolFacts['policy']): ToolAnnotations | undefined {
  const { name, kind, annotations, access, derivedFrom } = tool;
  // Where the class comes from the annotations there is nothing to add to them.
  if (kind !== 'tool' || access === undefined || derivedFrom !== undefined) return annotations;
  const readOnlyHint = access === 'read';
  const said = annotations?.readOnlyHint;
  // What is sensitive, or for administrators, may be no more than looked at.
  if ((said === true && access === 'write') || (said === false && readOnlyHint)) {
    throw new PolicyError(
      name,
      'annotations.readOnlyHint',
      `is ${said}, and its access is ${access}: leave the hint out, or change one of them`,
    );
  }
  const { key, effects } = (policy.idempotent ?? {}) as Partial<EffectiveIdempotency>;
  const isRepeatable = key === 'required' || effects === 'natural';
  return { readOnlyHint, ...(isRepeatable ? { idempotentHint: true } : {}), ...annotations };
}
