import { type ErrorFacts, errorTable } from '@sallyport/core';
import { printable } from '../printable.js';

/** A tool as operations know it. */
export interface OwnedTool {
  readonly name: string;
  /** Absent: nobody in particular, which is the owner that the error table names. */
  readonly owner?: string | undefined;
  readonly timeoutMs?: number | undefined;
}

/** Whoever owns the failures of a tool, as the error table calls them. */
const ofTheTool: ReadonlySet<string> = new Set(['tool owner', 'business owner of the tool']);

/** The error table, in its order. */
export const errorCodes: readonly (readonly [code: string, facts: ErrorFacts])[] = Object.entries(errorTable);

/** Whether failures of this kind are for the owner of the tool that failed. */
export function isForToolOwner({ owner }: ErrorFacts): boolean {
  return ofTheTool.has(owner);
}

/** A text of the server's author as it may stand in a rule: one line, without the braces of templates. */
export function plainText(text: string): string {
  return printable(text)
    .replaceAll(/[\s{}]+/g, ' ')
    .trim();
}

/** Tools by who owns them; under the given name those that name nobody. */
export function toolsByOwner(tools: readonly OwnedTool[], nobody: string): Map<string, OwnedTool[]> {
  const owners = new Map<string, OwnedTool[]>();
  for (const tool of tools) {
    const owner = tool.owner === undefined ? nobody : plainText(tool.owner);
    owners.set(owner, [...(owners.get(owner) ?? []), tool]);
  }
  return owners;
}
