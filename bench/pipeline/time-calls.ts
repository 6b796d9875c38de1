import type { CallRequest, Tool } from '@sallyport/core';

/** Microseconds per call over so many calls, one after the other. Throws when one of them fails. */
export async function timeCalls(tool: Tool, request: CallRequest, calls: number): Promise<number> {
  const began = performance.now();
  for (let call = 0; call < calls; call++) {
    const { isError } = await tool.call(request);
    if (isError === true) throw new Error(`a call of ${tool.layers.join(', ')} failed`);
  }
  return ((performance.now() - began) * 1_000) / calls;
}
