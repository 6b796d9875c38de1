import { z } from 'zod';

/** The arguments of the tool that is called. Every tool gets a schema of its own, as in a real server. */
export function echoInput() {
  return z.object({ text: z.string(), times: z.number().int(), upper: z.boolean() });
}

export type EchoInput = z.output<ReturnType<typeof echoInput>>;

/** What the tool answers: trivial, so that what is measured is everything around it. */
export function echo({ text, times, upper }: EchoInput): string {
  return (upper ? text.toUpperCase() : text).repeat(times);
}
