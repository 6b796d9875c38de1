import type { Call } from '../call.js';
import { certainlyFits } from '../fits.js';
import type { Effects } from '../idempotency-store.js';
import type { Layer } from '../layer.js';
import { LeanCall } from '../lean-call.js';
import { leanLayer } from '../lean-layer.js';
import { PolicyError } from '../policy-error.js';
import { promised } from '../promised.js';
import { type Redact, redactData, redactTexts } from '../redact-texts.js';
import { RedactedOutbound } from '../redacted-outbound.js';
import { ToolError } from '../tool-error.js';
import type { ToolFacts } from '../tool-facts.js';
import type { ToolResult } from '../tool-result.js';
import { isWrite } from './authorize.js';

/** What a tool may say for `bound`. */
export interface BoundPolicy {
  /** The answer's JSON text at most, in bytes of UTF-8. */
  readonly maxOutputBytes?: number;
  /** A `transactional` write whose answer is too large is undone; any other has happened. */
  readonly effects?: Effects;
}

/**
 * Keeps an answer within its size, or throws `OUTPUT_TOO_LARGE`, and lets `redact` see every text of it, including those
 * inside `structuredContent` (names of members too) and `_meta`, and those that the handler sends through `call.client`. Below `idempotent`, so what is stored for replay is bounded and redacted already.
 *
 * @example
 * ```ts
 * import { bound, createStack } from '@sallyport/core';
 *
 * createStack().use(bound(64 * 1024, (text) => text.replaceAll(/sk_live_\w+/g, '[redacted]')));
 * ```
 */
export function bound(maxOutputBytes: number = 1024 * 1024, redact?: Redact): Layer<unknown, unknown, BoundPolicy> {
  return leanLayer<unknown, unknown, BoundPolicy>({
    name: 'bound',
    fields: ['maxOutputBytes', 'effects'],
    policy(tool) {
      const own = tool.maxOutputBytes ?? maxOutputBytes;
      if (typeof own !== 'number' || !(own > 0))
        throw new PolicyError(tool.name, 'maxOutputBytes', 'must be a positive number of bytes');
      return { maxOutputBytes: own, redacts: redact !== undefined };
    },
    wrap: (next, tool) => {
      const limit = tool.maxOutputBytes ?? maxOutputBytes;
      const within = (answer: ToolResult): ToolResult => {
        if (!certainlyFits(answer, limit) && exceeds(answer, limit)) throw tooLarge(tool, limit);
        return answer;
      };
      if (redact !== undefined)
        return async (call) => within(await redactedOutcome(promised(next)(quiet(call, redact)), redact));
      return (call) => {
        const answer = next(call);
        return answer instanceof Promise ? answer.then(within) : within(answer);
      };
    },
  });
}

/** What a handler says before it answers is told to the same client. */
function quiet<C extends Call>(call: C, redact: Redact): C {
  return LeanCall.passOn(call, { client: new RedactedOutbound(call.client, redact) });
}

function tooLarge(tool: ToolFacts & BoundPolicy, limit: number): ToolError {
  const { effects } = tool;
  const advice = !isWrite(tool)
    ? 'Ask for less: fewer rows, fewer fields, a narrower filter.'
    : effects === 'transactional'
      ? 'Nothing was changed.'
      : 'The call took effect; do not repeat it to see the answer.';
  return new ToolError('OUTPUT_TOO_LARGE', `The answer of ${tool.name} is over ${limit} bytes. ${advice}`);
}

/** A code unit is at most three bytes of UTF-8, so most answers are judged without encoding them. */
function exceeds(result: ToolResult, limit: number): boolean {
  const text = JSON.stringify(result);
  if (text.length > limit) return true;
  return text.length * 3 > limit && encoder.encode(text).length > limit;
}

const encoder = new TextEncoder();

/** The texts of an error that a handler words leave the server as well. */
async function redactedOutcome(outcome: Promise<ToolResult>, redact: Redact): Promise<ToolResult> {
  try {
    return redacted(await outcome, redact);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    const { code, message, limit, retryAfterMs, details, retryable, cause } = error;
    throw new ToolError(code, redact(message), {
      cause,
      retryable,
      ...(limit === undefined ? {} : { limit: redact(limit) }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(details === undefined ? {} : { details: redactData(details, redact) as typeof details }),
    });
  }
}

/** The answers of resources (`contents`) and prompts (`messages`) hold texts as well; binary data stays as it is. */
function redacted(result: ToolResult, redact: Redact): ToolResult {
  const ways: Readonly<Record<string, (value: unknown) => unknown>> = {
    structuredContent: (value) => redactData(value, redact),
    content: (blocks) => mapArray(blocks, (block) => redactBlock(block, redact)),
    contents: (items) => mapArray(items, (item) => redactContents(item, redact)),
    messages: (items) =>
      mapArray(items, (item) => ({ ...(item as object), content: redactBlock((item as Content).content, redact) })),
  };
  return Object.fromEntries(
    Object.entries(result).map(([field, value]) => [field, ways[field]?.(value) ?? redactTexts(value, redact)]),
  );
}

type Content = Readonly<Record<string, unknown>>;

function mapArray(value: unknown, change: (item: unknown) => unknown): unknown[] | undefined {
  return Array.isArray(value) ? value.map(change) : undefined;
}

function redactBlock(block: unknown, redact: Redact): unknown {
  const { type, resource } = (block ?? {}) as Content;
  if (type === 'image' || type === 'audio') return block;
  if (type === 'resource') return { ...(block as Content), resource: redactContents(resource, redact) };
  return redactTexts(block, redact);
}

function redactContents(item: unknown, redact: Redact): unknown {
  const { blob, ...texts } = (item ?? {}) as Content;
  return { ...(redactTexts(texts, redact) as Content), ...(blob === undefined ? {} : { blob }) };
}
