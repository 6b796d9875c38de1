import type { input, output, ZodType } from 'zod';
import type { Call } from './call.js';
import type { Reply } from './reply.js';
import type { ToolAnnotations } from './tool-facts.js';
import type { WithInput } from './with-input.js';

/** What a handler returns: with an output schema its value, otherwise text or any JSON value; always also a {@link Reply}. */
export type HandlerOutput<O extends ZodType | undefined> = O extends ZodType ? input<O> | Reply : unknown;

/** Parsed arguments once `validate` is in the stack; before that nothing is known of them. */
export type HandlerInput<I extends ZodType, C extends Call> = C extends WithInput ? output<I> : unknown;

/** A tool without its handler. */
export interface ToolDescription<I extends ZodType, O extends ZodType | undefined> {
  /** 1 to 128 of `A–Z a–z 0–9 _ . -`, unique per server. */
  readonly name: string;
  readonly title?: string;
  /** For the model: what it does, when to use it. */
  readonly description: string;
  /** Who is asked when it fails: a team, an address. In alerts and runbooks, never sent to a client. Default: nobody in particular. */
  readonly owner?: string;
  /** Part of the idempotency fingerprint. Default `1`. */
  readonly version?: string;
  readonly annotations?: ToolAnnotations;
  /** A zod object schema; what it infers is what the handler gets. */
  readonly input: I;
  /** A zod object schema. The handler's value is parsed with it: unknown fields are dropped, a mismatch is `INTERNAL`. */
  readonly output?: O;
  /** Shown as the tool's `_meta` in `tools/list`. */
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** A tool as its author writes it. The stack adds the policy fields of its layers. */
export interface ToolSpec<I extends ZodType, O extends ZodType | undefined, C extends Call>
  extends ToolDescription<I, O> {
  readonly handler: (input: HandlerInput<I, C>, call: C) => HandlerOutput<O> | Promise<HandlerOutput<O>>;
}
