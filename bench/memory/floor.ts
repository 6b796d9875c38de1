import { echo, echoInput } from '../support/echo.js';
import { drive } from './drive.js';
import { numbers } from './numbers.js';

// Parses the arguments and makes the answer; knows no agents.
const { calls, agents } = numbers();
const schema = echoInput();
await drive(calls, agents, async (agent) => {
  const { text, times, upper } = schema.parse({ text: `agent ${agent} `, times: 3, upper: true });
  return JSON.stringify({ content: [{ type: 'text', text: echo({ text, times, upper }) }] }).length > 0;
});
