import { hardened, memoryAdmission } from '@sallyport/core';
import { testPrincipal } from '@sallyport/testkit';
import { echoTools } from '../support/echo-tools.js';
import { drive } from './drive.js';
import { numbers } from './numbers.js';

// The whole stack with its default limits. `--room` gives the store counters for every agent; by default it keeps 100,000.
const { calls, agents } = numbers();
const roomForAll = process.argv.includes('--room');
const stack = hardened(roomForAll ? { admission: memoryAdmission({ maxKeys: 4 * agents }) } : {});
const [tool] = echoTools(stack, 1);
if (tool === undefined) throw new Error('there is no tool');
await drive(calls, agents, async (agent) => {
  // A principal of its own for each call: more agents than the verifier remembers tokens.
  const auth = testPrincipal({ subject: `agent-${agent}` });
  const { isError } = await tool.call({ input: { text: `agent ${agent} `, times: 3, upper: true }, auth });
  return isError !== true;
});
