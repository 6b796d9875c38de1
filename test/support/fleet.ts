import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { openDevelopmentIssuer } from '../../examples/postgres/src/development-issuer.js';
import { claimPorts } from './claim-ports.js';
import { type ExampleServer, emptyFolder, startExample } from './example-server.js';
import { type Nginx, startNginx } from './nginx.js';
import { createDatabase, type TestDatabase } from './postgres-database.js';
import { send } from './raw-http.js';
import { type RedisServer, startRedis } from './redis-server.js';

/** One answer, whatever carried it. */
export interface FleetAnswer {
  readonly status: number;
  /** The code of a typed error, of a tool or of the edge; `ok` for an answer. */
  readonly code: string;
  readonly text: string;
  readonly result?: {
    readonly content?: readonly { readonly text?: string }[];
    readonly structuredContent?: unknown;
    readonly _meta?: Readonly<Record<string, unknown>>;
  };
}

/** A caller with a token. */
export type Caller = (tool: string, args?: Readonly<Record<string, unknown>>, origin?: string) => Promise<FleetAnswer>;

/** Three instances of the example behind nginx, one Redis, one Postgres. */
export interface Fleet {
  readonly redis: RedisServer;
  readonly database: TestDatabase;
  readonly nginx: Nginx;
  readonly ports: readonly number[];
  /** Calls through nginx unless another origin is given, again while the machine is too busy to ask Redis in its time. */
  caller(agent: string, scope?: string): Promise<Caller>;
  /** SIGTERM; resolves to the exit code. */
  stop(instance: number): Promise<number | null>;
  /** SIGKILL. */
  kill(instance: number): Promise<void>;
  start(instance: number): Promise<void>;
  /** Starts every instance that has ended. */
  revive(): Promise<void>;
  close(): Promise<void>;
}

export async function startFleet(): Promise<Fleet> {
  const [redisPort = 0, nginxPort = 0, ...ports] = await claimPorts(5);
  const [redis, database, folder] = await Promise.all([startRedis(redisPort), createDatabase(), emptyFolder()]);
  const issuer = await openDevelopmentIssuer(`${folder}/.sallyport`);
  const env = { ...database.env, REDIS_URL: redis.url, REDIS_INSTANCES: '3' };
  const start = (instance: number) => startExample({ ...env, PORT: `${ports[instance]}` }, folder);
  const running: ExampleServer[] = await Promise.all(ports.map((_, instance) => start(instance)));
  const nginx = await startNginx(nginxPort, ports);
  return {
    redis,
    database,
    nginx,
    ports,
    async caller(agent, scope = 'mcp:tools:read mcp:tools:write') {
      const token = await issuer.mint({ tenant: 'acme', agent, scope });
      return async (tool, args, origin = nginx.origin) => {
        let busy = false;
        for (let attempt = 0; ; attempt++) {
          const answer = await callTool(origin, token, tool, args);
          busy ||= answer.code === 'DEPENDENCY_UNAVAILABLE';
          // A claim whose answer came too late is taken back, and in progress until then.
          const again = busy && ['DEPENDENCY_UNAVAILABLE', 'IDEMPOTENCY_IN_PROGRESS'].includes(answer.code);
          if (!again || attempt === 50) return answer;
          await wait(200);
        }
      };
    },
    stop: async (instance) => (running[instance] as ExampleServer).stop(),
    async kill(instance) {
      const { child } = running[instance] as ExampleServer;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
    async start(instance) {
      running[instance] = await start(instance);
    },
    async revive() {
      for (const [instance, { child }] of running.entries()) {
        if (child.exitCode !== null || child.signalCode !== null) running[instance] = await start(instance);
      }
    },
    async close() {
      await nginx.stop();
      await Promise.all(running.map((server) => server.stop()));
      await redis.kill();
      await database.drop();
    },
  };
}

/** One call, on a connection of its own, and never sent twice by a library. */
export async function callTool(
  origin: string,
  token: string,
  name: string,
  args: Readonly<Record<string, unknown>> = {},
): Promise<FleetAnswer> {
  const { status, text } = await send(`${origin}/mcp`, {
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } }),
  });
  const body = text.startsWith('{') ? text : (/^data: (\{.*)$/m.exec(text)?.[1] ?? '{}');
  const { result, error } = JSON.parse(body) as {
    result?: FleetAnswer['result'];
    error?: { message?: string; data?: { code?: string } } | string;
  };
  const typed = result?._meta?.['dev.sallyport/error'] as { code?: string } | undefined;
  const edge = typeof error === 'object' ? (error.data?.code ?? error.message) : error;
  const code = typed?.code ?? (result === undefined ? (edge ?? `HTTP ${status}`) : 'ok');
  return { status, code, text, ...(result === undefined ? {} : { result }) };
}
