import type { Interruption } from './interruption.js';
import { ToolError } from './tool-error.js';

/** Why a call was interrupted: the reason given when the server itself did it (drain), otherwise the client went away. */
export function interrupted({ reason }: Pick<Interruption, 'reason'>): ToolError {
  return reason instanceof ToolError
    ? reason
    : new ToolError('CANCELLED', 'The client cancelled the call or went away.');
}
