import type { AdapterOptions } from './adapter-options.js';
import { type ListedTool, listedTool } from './listed-tool.js';
import { PolicyError } from './policy-error.js';
import { RpcError } from './rpc-error.js';
import type { Tool } from './tool.js';

/** A tool on a server. */
export interface TableEntry {
  readonly tool: Tool;
  readonly options: AdapterOptions;
  /** Fields that only one SDK shows in `tools/list`. */
  readonly shown?: object;
  /** A tool that is not enabled is neither listed nor called. Default: it is. */
  readonly enabled?: () => boolean;
}

/** Whether a caller may know of a tool. */
type Shows = (tool: Tool) => boolean;

const showsAll: Shows = () => true;

/**
 * The tools of one server: found by exact name, listed in the order in which they came. The order is the author's own, so it
 * is the same on every instance that registers alike, and an update keeps a tool in its place.
 */
export class ToolTable {
  readonly #entries = new Map<string, TableEntry>();
  readonly #listed = new WeakMap<TableEntry, ListedTool>();

  /** Adds all of them or none. Throws a `PolicyError` for a name that is taken. */
  add(entries: readonly TableEntry[]): void {
    const names = new Set<string>();
    for (const { tool } of entries) {
      const { name, kind } = tool.facts;
      if (kind !== 'tool') throw new PolicyError(name, 'kind', `is ${kind}; only tools can be registered`);
      if (names.has(name)) throw taken(name);
      this.assertFree(name);
      names.add(name);
    }
    for (const entry of entries) this.#entries.set(entry.tool.facts.name, entry);
  }

  /** Puts the entry in the place of the one with its name. */
  replace(entry: TableEntry): void {
    this.#entries.set(entry.tool.facts.name, entry);
  }

  delete(name: string): void {
    this.#entries.delete(name);
  }

  assertFree(name: string): void {
    if (this.#entries.has(name)) throw taken(name);
  }

  /** The tool of that name, unless there is none, it is not enabled or `shows` says no. */
  find(name: unknown, shows = showsAll): TableEntry | undefined {
    const entry = this.#entries.get(name as string);
    return entry === undefined || entry.enabled?.() === false || !shows(entry.tool) ? undefined : entry;
  }

  /** The same, or −32602, which is the protocol's answer to an unknown tool. */
  get(name: unknown, shows = showsAll): TableEntry {
    const entry = this.find(name, shows);
    if (entry === undefined) throw new RpcError(-32602, `Unknown tool: ${String(name).slice(0, 128)}`);
    return entry;
  }

  /** The answer to `tools/list`, of the tools for which `shows` says yes. What is shown of a tool is built once. */
  list(shows = showsAll): ListedTool[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.enabled?.() !== false && shows(entry.tool))
      .map((entry) => this.#show(entry));
  }

  /** All of them, also those that are not enabled. */
  tools(): Tool[] {
    return [...this.#entries.values()].map((entry) => entry.tool);
  }

  #show(entry: TableEntry): ListedTool {
    const known = this.#listed.get(entry);
    if (known !== undefined) return known;
    const listed = { ...listedTool(entry.tool.facts), ...entry.shown };
    this.#listed.set(entry, listed);
    return listed;
  }
}

function taken(name: string): PolicyError {
  return new PolicyError(name, 'name', 'is registered already');
}
