import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as turnEnd } from 'node:timers/promises';
import { isLoopback } from '@sallyport/auth';
import { type Clock, systemClock } from '@sallyport/core';
import { assertOptions } from '@sallyport/core/adapter';
import { afterLook } from '../after-look.js';
import { send } from '../answer.js';
import { assertSecurity } from '../assert-security.js';
import type { Changes } from '../changes.js';
import type { Content, Versions } from '../content.js';
import { type ClosingDrain, closingDrain, Drain, type Drained } from '../drain.js';
import { logToConsole } from '../log.js';
import { mcpHost } from '../mcp-host.js';
import type { McpOptions } from '../mcp-options.js';
import { mountChecks } from '../option-checks.js';
import { refused } from '../refusals.js';

/** How MCP is served inside an app that has a server already. */
export type MountOptions = McpOptions & {
  /** Default: no pre-drain, 30,000 ms of grace, 500 ms in which whoever still calls is told. */
  readonly drain?: Partial<ClosingDrain>;
};

/** MCP as a part of an app. */
export interface Mounted {
  /**
   * Answers a request for one of its paths (`/mcp`, `/v1/mcp`, the well-known ones) and returns true; leaves any other alone.
   * The body must not have been read, or be in `request.body` as JSON.
   */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  readonly changes: Changes;
  /**
   * Refuses new calls, waits for those that run, ends streams and sessions, and stays for `drain.lingerMs` to tell whoever calls. All of it
   * within `drain.graceMs`. Call it before the server is closed, which closes connections that idle.
   */
  close(): Promise<Drained>;
}

/**
 * MCP for an app that keeps its server: everything `serve` does to a request, without the port, health and signals. What
 * only a server can bound (time and size of headers, idle connections) stays with the app's own. With `anonymous` only
 * connections from this machine are answered.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import type { Tool } from '@sallyport/core';
 * import { mount } from '@sallyport/http';
 *
 * declare const tools: Tool[];
 * const mcp = mount(tools, { anonymous: true, serverInfo: { name: 'demo', version: '1.0.0' } });
 * createServer((request, response) => {
 *   if (!mcp.handle(request, response)) response.writeHead(404).end();
 * }).listen(3000, '127.0.0.1');
 * ```
 */
export function mount(content: Content | Versions, options: MountOptions): Mounted {
  assertOptions('mount', options, mountChecks satisfies Record<keyof MountOptions, unknown>);
  const { log = logToConsole, clock = systemClock, anonymous = false } = options;
  assertSecurity(options, anonymous ? undefined : 'a mounted app');
  const drain = new Drain(clock, log);
  const url = options.resource?.url ?? 'http://localhost/mcp';
  const mcp = mcpHost(content, options, { url, onLoopback: anonymous, drain, others: new Map() });
  const { lingerMs, ...times } = closingDrain(options.drain);
  let closing: Promise<Drained> | undefined;
  return {
    handle(request, response) {
      if (!mcp.owns(request)) return false;
      if (anonymous && !isFromHere(request)) send(response, refused('not_from_here').answer);
      else mcp.answer(request, response);
      return true;
    },
    changes: mcp.changes,
    close() {
      // What has come whole in this turn is handled at its end.
      closing ??= turnEnd().then(() =>
        drain.run(times, {
          refuse() {},
          interrupt: () => mcp.calls.interrupt(),
          async close(leftMs) {
            await mcp.close();
            await linger(clock, Math.min(lingerMs, leftMs));
          },
        }),
      );
      return closing;
    },
  };
}

/** Meanwhile whoever calls is refused. Keeps the process, which a timer of a clock does not. */
async function linger(clock: Clock, ms: number): Promise<void> {
  if (ms === 0) return;
  const kept = setInterval(() => {}, ms);
  await new Promise<void>((resolve) => afterLook(clock, ms, resolve));
  clearInterval(kept);
}

function isFromHere({ socket }: IncomingMessage): boolean {
  const address = socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
  return isLoopback(address.includes(':') ? `[${address}]` : address);
}
