import type { Call } from './call.js';
import type { Handler, PromptHandler } from './layer.js';

/** The handler as code that is not ours expects it: what it answers or throws at once comes in a promise as well. */
export function promised<C extends Call>(handler: PromptHandler<C>): Handler<C> {
  return async (call) => handler(call);
}
