import { deriveAccess } from '../derive-access.js';
import type { ToolAnnotations } from '../tool-facts.js';

/** The policy of a wrapped tool: what its author declared, and without an access class what its annotations say. */
export function foreignPolicy<D extends object>(declared: D, annotations: ToolAnnotations | undefined) {
  const { access } = declared as { readonly access?: unknown };
  return access === undefined ? { ...deriveAccess(annotations), ...declared } : declared;
}
