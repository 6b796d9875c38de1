import type { ToolAnnotations } from './tool-facts.js';

/** The policy of a tool whose author declared none, for wrapped servers. */
type DerivedAccess =
  | { readonly access: 'read'; readonly derivedFrom: 'annotations' }
  | { readonly access: 'write'; readonly effects: 'phased'; readonly derivedFrom: 'annotations' };

/**
 * Read when the tool says it is read-only; otherwise a write, made safe in the way that holds for any effect. Annotations
 * are the author's own here, so they may decide; what a foreign server says of itself may not.
 */
export function deriveAccess(annotations: ToolAnnotations | undefined): DerivedAccess {
  return annotations?.readOnlyHint === true
    ? { access: 'read', derivedFrom: 'annotations' }
    : { access: 'write', effects: 'phased', derivedFrom: 'annotations' };
}
