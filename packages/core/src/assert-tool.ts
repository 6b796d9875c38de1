/** Throws a `TypeError` for what is no tool. `what` says which. */
export function assertTool(tool: unknown, what: string): void {
  if (tool instanceof Promise) throw new TypeError(`${what} is a promise of a tool: await it`);
  const { facts, outcome } = (tool ?? {}) as { readonly facts?: unknown; readonly outcome?: unknown };
  if (typeof facts === 'object' && facts !== null && typeof outcome === 'function') return;
  throw new TypeError(`${what} is no tool: make it with stack.tool({ … })`);
}
