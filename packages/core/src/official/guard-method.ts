import type { Call } from '../call.js';
import type { ForeignFacts, Stack } from '../stack.js';
import type { Tool } from '../tool.js';
import { ToolError } from '../tool-error.js';
import { isInputRequired, type ToolResult } from '../tool-result.js';
import { assertMethodResult } from './assert-method-result.js';

/** Methods that run an author's code and are not tools, with what they count as. */
const guarded: ReadonlyMap<string, 'resource' | 'prompt'> = new Map([
  ['resources/list', 'resource'],
  ['resources/templates/list', 'resource'],
  ['resources/read', 'resource'],
  ['resources/subscribe', 'resource'],
  ['resources/unsubscribe', 'resource'],
  ['prompts/list', 'prompt'],
  ['prompts/get', 'prompt'],
  ['completion/complete', 'prompt'],
]);

/** Those whose answer may be a request for input (MCP 2026-07-28). */
const mayAsk: ReadonlySet<string> = new Set(['resources/read', 'prompts/get']);

/** The methods that {@link guardMethod} takes. */
export const guardedMethods: readonly string[] = [...guarded.keys()];

/**
 * Puts the SDK's own handler of a method behind a stack, whole: unknown names are charged like known ones, and arguments
 * are parsed only for callers that may pass. `run` gets the request's `params`, the SDK's `extra` or `ctx`, and
 * the call, whose signal also aborts at the deadline.
 */
export function guardMethod<C extends Call, P>(
  stack: Stack<C, P>,
  method: string,
  run: (params: unknown, sdk: unknown, call: Call) => unknown,
): Tool {
  const facts = { kind: guarded.get(method) ?? 'resource', name: method, access: 'read' };
  return stack.wrap(facts as ForeignFacts as ForeignFacts & Partial<P>, async (call) => {
    if (method === 'resources/read') assertUri(call.input);
    try {
      const result = await run(call.input, call.sdk, call);
      // The SDK would send a response without a result, which is no response: its client would wait for ever.
      if (!isRecord(result)) throw new TypeError(`The handler of ${method} made no result.`);
      if (!(mayAsk.has(method) && isInputRequired(result))) assertMethodResult(method, result);
      return result;
    } catch (thrown) {
      throw refusal(method, call.input, thrown) ?? thrown;
    }
  });
}

function isRecord(value: unknown): value is ToolResult {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One generation of the SDK answers −32603 here, the other −32602. */
function assertUri(params: unknown): void {
  const { uri } = params as { readonly uri?: unknown };
  if (typeof uri === 'string' && URL.canParse(uri)) return;
  throw new ToolError('INVALID_INPUT', 'The uri is not a valid URI.');
}

/** Invalid params, and the code that protocol revisions before 2025-11-25 had for an unknown resource. */
const refusals: ReadonlySet<unknown> = new Set([-32602, -32002]);

/**
 * The SDKs refuse unknown names and bad arguments by throwing an error of their own, which cannot be told apart from one
 * that the author's code threw: so the code is kept, and the text is not shown. The exception is what a prompt's schema says
 * about arguments, without which they cannot be mended.
 */
function refusal(method: string, params: unknown, thrown: unknown): ToolError | undefined {
  if (!(thrown instanceof Error) || !refusals.has((thrown as { readonly code?: unknown }).code)) return undefined;
  const { name, uri } = params as { readonly name?: unknown; readonly uri?: unknown };
  const text = thrown.message.replace(/^MCP error -32602: /, '');
  if (method === 'prompts/get' && text.startsWith(`Invalid arguments for prompt ${name}: `)) {
    return new ToolError('INVALID_INPUT', text.slice(0, 1_000), { cause: thrown });
  }
  return new ToolError('INVALID_INPUT', sentences[method] ?? 'The request cannot be answered.', {
    cause: thrown,
    // What the client asked for, which is no news to it (MCP 2026-07-28, resources, error handling).
    ...(method === 'resources/read' && typeof uri === 'string' ? { details: { uri } } : {}),
  });
}

const sentences: Readonly<Record<string, string>> = {
  'resources/read': 'There is no such resource.',
  'prompts/get': 'There is no such prompt, or it does not take these arguments.',
  'completion/complete': 'There is nothing to complete under this reference.',
};
