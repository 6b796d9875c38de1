import type { ToolErrorOptions } from './tool-error.js';

const maxLength = 16_384;

/** The details as plain JSON. None when they are longer than 16 Ki as text, or no JSON: with them the error could not be sent. */
export function sendableDetails(details: ToolErrorOptions['details']): Readonly<Record<string, unknown>> | undefined {
  if (details === undefined) return undefined;
  try {
    const text = JSON.stringify(details);
    return text.length > maxLength ? undefined : (JSON.parse(text) as Readonly<Record<string, unknown>>);
  } catch {
    return undefined;
  }
}
