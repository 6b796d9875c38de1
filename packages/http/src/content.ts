import type { McpServer } from '@modelcontextprotocol/server';
import type { Tool } from '@sallyport/core';
import { assertTool } from '@sallyport/core/adapter';

/**
 * Makes a hardened official server: `() => harden(new McpServer(…), stack)` with tools, resources, prompts and the rest on
 * it. Called for every request (for every session in the 2025 era), because a server that is shared leaks between clients:
 * what is expensive, schemas above all, belongs outside. It must make the same server every time.
 */
export type ServerFactory = () => McpServer;

/** What an endpoint serves: tools, or whole servers. */
export type Content = readonly Tool[] | ServerFactory;

/** Several versions side by side, each at its own path (`/v1/mcp`, `/v2/mcp`). `/mcp` is the one with the highest number. */
export type Versions = Readonly<Record<`v${number}`, Content>>;

/** The versions with their numbers, oldest first. Throws when there is none, for a name that is not `v` and a whole number, and for what is no tool. */
export function versionsOf(content: Content | Versions): readonly (readonly [path: string, content: Content])[] {
  assertContent(content);
  if (typeof content === 'function' || Array.isArray(content)) return [['/v1/mcp', content as Content]];
  const numbered = Object.entries(content as Versions).map(([name, own]) => {
    if (!/^v[1-9]\d{0,5}$/.test(name)) throw new TypeError(`"${name}" is not a version: they are called v1, v2, v3`);
    assertContent(own);
    return { number: Number(name.slice(1)), own };
  });
  if (numbered.length === 0) throw new TypeError('There is no version to serve.');
  return numbered.sort((a, b) => a.number - b.number).map(({ number, own }) => [`/v${number}/mcp`, own]);
}

/** The same as the types say, for callers they do not reach. */
function assertContent(content: unknown): void {
  if (typeof content === 'function') return;
  if (Array.isArray(content)) {
    for (const [at, tool] of content.entries()) assertTool(tool, `what to serve: item ${at}`);
  } else if (content instanceof Promise) {
    throw new TypeError('what to serve is a promise: await it');
  } else if (typeof content !== 'object' || content === null) {
    throw new TypeError('what to serve must be an array of tools, or a function that makes a hardened server');
  }
}
