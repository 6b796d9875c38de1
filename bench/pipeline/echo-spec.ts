import { type EchoInput, echo, echoInput } from '../support/echo.js';

/** The tool that is called through every stack. Below `validate` its arguments are parsed; here they are right anyway. */
export const echoSpec = {
  name: 'echo',
  description: 'Says it again.',
  access: 'read',
  input: echoInput(),
  handler: (input: unknown) => echo(input as EchoInput),
} as const;
