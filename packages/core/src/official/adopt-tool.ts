import type { TableEntry, ToolTable } from '../tool-table.js';

/** What both SDKs give back for a registered tool, as far as it changes its place. */
export interface AdoptableTool {
  enabled: boolean;
  /** `enable`, `disable` and `remove` go through this as well. */
  update(updates: object): void;
  remove(): void;
}

/**
 * Has the SDK register a tool and keeps a table in step with it, which its author can update, rename and remove. `make` builds
 * the entry from what the tool is now. A tool that cannot be hardened is not registered, and one whose update cannot be is
 * gone from the table; both throw.
 */
export function adoptTool<T extends AdoptableTool>(
  table: ToolTable,
  name: string,
  register: () => T,
  make: (name: string, registered: T) => TableEntry,
): T {
  table.assertFree(name);
  const registered = register();
  const entry = (under: string): TableEntry => ({ ...make(under, registered), enabled: () => registered.enabled });
  try {
    table.add([entry(name)]);
  } catch (error) {
    registered.remove();
    throw error;
  }
  let current: string | undefined = name;
  const update = registered.update.bind(registered);
  registered.update = (updates: { readonly name?: string | null }) => {
    const before = current;
    const after = updates.name === undefined ? before : updates.name || undefined;
    if (after !== undefined && after !== before) table.assertFree(after);
    update(updates);
    current = after;
    try {
      if (after !== undefined) table.replace(entry(after));
      if (before !== undefined && before !== after) table.delete(before);
    } catch (error) {
      if (before !== undefined) table.delete(before);
      throw error;
    }
  };
  return registered;
}
