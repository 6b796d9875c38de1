import { wholeNumber } from '../support/whole-number.js';

/** How many calls of how many agents, from the command line of a child. */
export function numbers(): { readonly calls: number; readonly agents: number } {
  const [, , calls = '', agents = ''] = process.argv;
  return { calls: wholeNumber('calls', calls), agents: wholeNumber('agents', agents) };
}
