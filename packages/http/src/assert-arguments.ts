import { ToolError } from '@sallyport/core';
import { Refused } from './answer.js';
import { rpcId, typedAnswer } from './rpc-error.js';

/**
 * Throws `INVALID_INPUT` for arguments with a member named `__proto__`. Core refuses one wherever it sees it, but the SDK
 * drops it from the arguments before: then a tool would run with other arguments than were sent.
 */
export function assertArguments(message: unknown): void {
  const { params } = (message ?? {}) as { readonly params?: { readonly arguments?: unknown } | null };
  const input = params?.arguments;
  if (typeof input !== 'object' || input === null || !Object.hasOwn(input, '__proto__')) return;
  const error = new ToolError('INVALID_INPUT', 'The arguments hold a member named __proto__.');
  throw new Refused(typedAnswer(error, rpcId(message)));
}
