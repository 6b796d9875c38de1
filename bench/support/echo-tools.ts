import type { HardenedStack, Tool } from '@sallyport/core';
import { echo, echoInput } from './echo.js';
import { toolNames } from './tool-names.js';

/** The tools of the comparison behind our stack, as an author would write them. */
export function echoTools(stack: HardenedStack, count: number): Tool[] {
  return toolNames(count).map((name) =>
    stack.tool({ name, description: `The tool ${name}.`, access: 'read', input: echoInput(), handler: echo }),
  );
}
