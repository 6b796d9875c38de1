import type { TableEntry, ToolTable } from './tool-table.js';

/** What both SDKs give back for a registered tool, as far as it changes its place. */
export interface AdoptableTool<Updates extends { name?: string | null }> {
  enabled: boolean;
  /** `enable`, `disable` and `remove` go through this as well. */
  update(updates: Updates): void;
}

/**
 * Keeps a table in step with a tool that its author can update, rename and remove. `make` builds the entry from what the tool
 * is now. A tool whose update cannot be hardened is gone from the table, and `update` throws.
 */
export function adoptTool<Updates extends { name?: string | null }>(
  table: ToolTable,
  name: string,
  registered: AdoptableTool<Updates>,
  make: (name: string) => TableEntry,
): void {
  const entry = (under: string): TableEntry => ({ ...make(under), enabled: () => registered.enabled });
  table.add([entry(name)]);
  let current: string | undefined = name;
  const update = registered.update.bind(registered);
  registered.update = (updates) => {
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
}
