import type { Layer } from './layer.js';
import { PolicyError } from './policy-error.js';
import type { ToolFacts } from './tool-facts.js';

const ofEveryTool: Readonly<Record<keyof Omit<ToolFacts, 'policy'>, true>> = {
  kind: true,
  name: true,
  title: true,
  description: true,
  owner: true,
  version: true,
  annotations: true,
  input: true,
  inputSchema: true,
  outputSchema: true,
  meta: true,
};

/** The shipped layer that reads a field, for the text of the error alone. */
const readers: Readonly<Record<string, string>> = {
  access: 'authorize()',
  scopes: 'authorize()',
  limits: 'admit(store)',
  effects: 'idempotent(store)',
  idempotencyKey: 'idempotent(store)',
  reconcile: 'idempotent(store)',
  timeoutMs: 'deadline()',
  maxOutputBytes: 'bound()',
};

/** Throws a {@link PolicyError} for a field that nothing reads: a typing error, or a guard whose layer is not in the stack. */
export function assertFields(
  declared: { readonly name: string; readonly kind: ToolFacts['kind']; readonly derivedFrom?: unknown },
  layers: readonly Pick<Layer<never, unknown, never>, 'fields'>[],
): void {
  const { name, kind, derivedFrom } = declared;
  const read = new Set<string>(layers.flatMap(({ fields = [] }) => fields));
  for (const [field, value] of Object.entries(declared)) {
    if (value === undefined || Object.hasOwn(ofEveryTool, field) || read.has(field)) continue;
    const reader = Object.hasOwn(readers, field) ? `: add ${readers[field]} to it` : '';
    // The author of a wrapped server wrote no such field.
    const derived = derivedFrom !== undefined || kind !== 'tool' ? ' (harden sets it where its author does not)' : '';
    throw new PolicyError(name, field, `is read by no layer of this stack${reader}${derived}`);
  }
}
