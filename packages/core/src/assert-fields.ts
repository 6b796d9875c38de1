import type { Layer } from './layer.js';
import { PolicyError } from './policy-error.js';
import type { ToolFacts } from './tool-facts.js';

const ofEveryTool: Readonly<Record<keyof Omit<ToolFacts, 'policy'>, true>> = {
  kind: true,
  name: true,
  title: true,
  description: true,
  version: true,
  annotations: true,
  input: true,
  inputSchema: true,
  outputSchema: true,
  meta: true,
};

/** Throws a {@link PolicyError} for a field that nothing reads: a typing error, or a guard whose layer is not in the stack. */
export function assertFields(
  declared: { readonly name: string },
  layers: readonly Pick<Layer<never, unknown, never>, 'fields'>[],
): void {
  const read = new Set<string>(layers.flatMap(({ fields = [] }) => fields));
  for (const [field, value] of Object.entries(declared)) {
    if (value === undefined || Object.hasOwn(ofEveryTool, field) || read.has(field)) continue;
    throw new PolicyError(declared.name, field, 'is read by no layer of this stack');
  }
}
