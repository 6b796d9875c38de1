import { CannotRun } from '../cannot-run.js';
import type { Operation } from '../storm/operation.js';
import type { FoundTool } from './discover.js';

/**
 * What the agents call: the tools that were named, or all that only read and need no arguments. A tool that does not say that it only
 * reads is called with idempotency keys. Throws a {@link CannotRun} when there is nothing to call.
 */
export function operationsOf(named: readonly string[], tools: readonly FoundTool[]): Operation[] {
  if (named.length === 0) {
    const harmless = tools.filter(({ readsOnly, needsNothing }) => readsOnly && needsNothing);
    if (harmless.length > 0) return harmless.map(({ name }) => ({ tool: name, arguments: {} }));
    throw new CannotRun(
      `no tool says that it only reads and needs no arguments; name one with --tool: ${tools.map(({ name }) => name).join(', ')}`,
    );
  }
  return named.map((text) => {
    const [, name = text, json = '{}'] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    const tool = tools.find((one) => one.name === name);
    if (tool === undefined) throw new CannotRun(`the server lists no tool ${name}`);
    return { tool: name, arguments: argumentsOf(name, json), keyed: !tool.readsOnly };
  });
}

function argumentsOf(name: string, json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below.
  }
  throw new CannotRun(`the arguments of --tool ${name} are no JSON object`);
}
