import { type RequestListener, Server } from 'node:http';
import { jwtAuthenticator } from '@sallyport/auth';
import { serve } from '@sallyport/http';
import { type TokenIssuer, tokenIssuer } from '@sallyport/testkit';
import { bugs } from './bugs.js';
import type { Tokens } from './requests.js';
import { fuzzTools } from './tools.js';

/** What the server has to say about itself. */
export interface Health {
  readonly heapBytes: number;
  /** Sockets, timers and the like that are open. */
  readonly handles: number;
  /** What nobody caught, and what the server calls a fault of its own. */
  readonly crashes: readonly string[];
  /** Names that every object has and should not have. */
  readonly polluted: readonly string[];
}

/** How its drain ended: at once, when nothing was left in flight. */
export interface Ended {
  readonly cutOff: number;
  readonly ms: number;
}

/** What it says when it is ready. */
export interface Ready {
  readonly port: number;
  readonly tokens: Tokens;
}

const crashes: string[] = [];
const record = (kind: string) => (error: unknown) => {
  if (crashes.length < 20) crashes.push(`${kind}: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
};
process.on('uncaughtException', record('uncaught exception'));
process.on('unhandledRejection', record('unhandled rejection'));

const issuer = await tokenIssuer();
const bug = bugs[process.argv[2] ?? ''];
if (bug !== undefined) {
  // The real server's listener, behind the wrong one.
  const on: (this: Server, name: string, listener: RequestListener) => Server = Server.prototype.on;
  Server.prototype.on = function (this: Server, name: string, listener: RequestListener) {
    return on.call(this, name, name === 'request' ? bug(listener) : listener);
  } as typeof Server.prototype.on;
}
const host = await serve(fuzzTools(), {
  serverInfo: { name: 'fuzzed', version: '1.0.0' },
  port: 0,
  auth: jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks() }),
  resource: { authorizationServers: [issuer.issuer] },
  trustedProxies: 1,
  maxUnauthenticatedPerMinute: 5,
  requestTimeoutMs: Number(process.argv[3]),
  sessions: process.argv[4] === 'memory' ? 'memory' : 'none',
  drain: { graceMs: 6_000 },
  log: ({ event, ...fields }) => {
    if (event === 'fault') record('fault')(JSON.stringify(fields));
  },
});

process.on('message', async (question) => {
  if (question === 'drain') {
    const began = performance.now();
    const { cutOff } = await host.close();
    process.send?.({ cutOff, ms: performance.now() - began } satisfies Ended);
  }
  if (question !== 'health') return;
  await settled();
  process.send?.({
    heapBytes: process.memoryUsage().heapUsed + process.memoryUsage().external,
    handles: process.getActiveResourcesInfo().length,
    crashes,
    polluted: [...Object.keys(Object.prototype), ...Object.keys(Array.prototype), ...Object.keys(Function.prototype)],
  } satisfies Health);
});
process.on('disconnect', () => process.exit());
process.send?.({ port: host.port, tokens: await tokens(issuer) } satisfies Ready);

/** After what is under way has ended and been collected. */
async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    global.gc?.();
  }
}

async function tokens({ mint }: TokenIssuer): Promise<Tokens> {
  const long = { expiresInSeconds: 24 * 3_600 };
  const scopes = ['mcp:tools:write', 'mcp:resources:read'];
  return {
    good: await Promise.all(
      [1, 2, 3, 4].map((n) => mint({ ...long, subject: `agent-${n}`, tenant: `t${n % 2}`, scopes })),
    ),
    weak: await Promise.all([
      mint({ ...long, subject: 'reader' }),
      mint({ ...long, subject: 'nobody', scopes: [] }),
      mint({ ...long, subject: 'limited', plan: 'default', scopes }),
    ]),
    bad: await Promise.all([
      mint({ expiresInSeconds: -60 }),
      mint({ claims: { aud: 'https://other.test' } }),
      mint({ header: { alg: 'none' } }).catch(() => 'e30.e30.'),
      Promise.resolve('x'),
    ]),
  };
}
