import { canonicalJson } from './canonical-json.js';
import { ToolError } from './tool-error.js';

/** What a repeat of a call is recognised by, and which of the two it is of. */
export interface ArgumentsText {
  readonly of: 'input' | 'sent';
  readonly text: string;
}

/**
 * The canonical text of what the schema made of the arguments, so that defaults and what the schema drops make no difference.
 * Where it made something other than plain JSON data (a date, an instance of a class), whose content cannot be seen, that of
 * the arguments as they were sent. Throws `INVALID_INPUT` when those are not JSON either, which no message over a wire is.
 */
export function argumentsText(input: unknown, sent: unknown): ArgumentsText {
  const text = canonicalOf(input ?? {});
  if (text !== undefined) return { of: 'input', text };
  const sentText = canonicalOf(sent);
  if (sentText !== undefined) return { of: 'sent', text: sentText };
  throw new ToolError('INVALID_INPUT', 'The arguments are not plain JSON, so a repeat of them cannot be recognised.');
}

function canonicalOf(value: unknown): string | undefined {
  try {
    return canonicalJson(value);
  } catch {
    return undefined;
  }
}
