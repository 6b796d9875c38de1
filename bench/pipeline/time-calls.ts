import type { CallRequest, Tool } from '@sallyport/core';

/** Microseconds of CPU time per call over so many calls, one after the other: what else runs on the machine is not in it. Throws when one does not end as it must. */
export async function timeCalls(tool: Tool, request: CallRequest, calls: number, fails = false): Promise<number> {
  const began = process.cpuUsage();
  for (let call = 0; call < calls; call++) {
    const { isError } = await tool.call(request);
    if ((isError === true) !== fails) throw new Error(`a call of ${tool.layers.join(', ')} did not end as it must`);
  }
  const { user, system } = process.cpuUsage(began);
  return (user + system) / calls;
}
