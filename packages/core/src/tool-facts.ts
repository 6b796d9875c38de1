import type { StandardSchema } from './standard-schema.js';

/** A JSON Schema document of an object, as `tools/list` shows it. */
export interface JsonSchema {
  readonly type: 'object';
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
  readonly [keyword: string]: unknown;
}

/** The protocol's hints about a tool. Hints only: what is enforced is `access`. */
export interface ToolAnnotations {
  readonly title?: string | undefined;
  readonly readOnlyHint?: boolean | undefined;
  readonly destructiveHint?: boolean | undefined;
  readonly idempotentHint?: boolean | undefined;
  readonly openWorldHint?: boolean | undefined;
}

/** What is known about a tool before any call: plain data and its schemas. */
export interface ToolFacts {
  /** Resources and prompts go through the same stack; they have no input schema and no effects. */
  readonly kind: 'tool' | 'resource' | 'prompt';
  /** 1 to 128 of `A–Z a–z 0–9 _ . -` for a tool. */
  readonly name: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  /** Who is asked when it fails: a team, an address. In alerts and runbooks, never sent to a client. */
  readonly owner?: string | undefined;
  /** Part of the idempotency fingerprint: raise it when equal arguments come to mean something else. */
  readonly version: string;
  readonly annotations?: ToolAnnotations | undefined;
  /** Parses the arguments. Absent: anything is accepted as it is. */
  readonly input?: StandardSchema | undefined;
  /** What `tools/list` shows, with the arguments that layers add. */
  readonly inputSchema: JsonSchema;
  readonly outputSchema?: JsonSchema | undefined;
  readonly meta?: Readonly<Record<string, unknown>> | undefined;
  /** What each layer will do for this tool, defaults filled in, by layer name; a layer that does nothing for it is missing. */
  readonly policy: Readonly<Record<string, unknown>>;
}
