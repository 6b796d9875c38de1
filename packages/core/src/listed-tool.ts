import type { JsonSchema, ToolAnnotations, ToolFacts } from './tool-facts.js';

/** One tool as `tools/list` shows it. */
export interface ListedTool {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly inputSchema: JsonSchema;
  readonly outputSchema?: JsonSchema;
  readonly annotations?: ToolAnnotations;
  readonly _meta?: Readonly<Record<string, unknown>>;
}

/** The entry of a tool. What the tool does not say is missing. */
export function listedTool({ meta, ...facts }: ToolFacts): ListedTool {
  const { name, title, description, inputSchema, outputSchema, annotations } = facts;
  const entry = { name, title, description, inputSchema, outputSchema, annotations, _meta: meta };
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined)) as unknown as ListedTool;
}
