import { type Call, type ToolFacts, Work } from '@sallyport/core';

/**
 * Facts of a tool that nobody registered: named `echo`, of kind `tool`, any arguments, no policy. For tests of one layer.
 *
 * @example
 * ```ts
 * import { madeUpFacts } from '@sallyport/testkit';
 *
 * madeUpFacts({ name: 'refund_order' });
 * ```
 */
export function madeUpFacts(over: Partial<ToolFacts> = {}): ToolFacts {
  return { kind: 'tool', name: 'echo', version: '1', inputSchema: { type: 'object' }, policy: {}, ...over };
}

/**
 * A call that no client made: empty arguments, no caller, a signal that never aborts, a silent client.
 *
 * @example
 * ```ts
 * import { madeUpCall, testPrincipal } from '@sallyport/testkit';
 *
 * madeUpCall({ input: { id: 7 }, principal: testPrincipal(), tenant: 'acme' });
 * ```
 */
export function madeUpCall<Over extends object = object>(over?: Partial<Call> & Over): Call & Over {
  return {
    tool: madeUpFacts(),
    input: {},
    requestId: 'request-1',
    signal: new AbortController().signal,
    meta: {},
    client: { progress() {}, log() {} },
    work: new Work(),
    ...over,
  } as Call & Over;
}
