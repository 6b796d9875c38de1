import { claimPorts } from '../support/claim-ports.js';
import { type Nginx, startNginx } from '../support/nginx.js';
import { createDatabase, type TestDatabase } from '../support/postgres-database.js';
import { until } from '../support/until.js';
import type { BreakerRefusal } from './breaker-refusals.js';
import { type Instance, startInstance } from './instance.js';
import { type StormIssuer, startIssuer } from './issuer.js';
import { type OwnPostgres, startOwnPostgres } from './own-postgres.js';
import { type OwnRedis, startOwnRedis } from './own-redis.js';
import { type StormProvider, startProvider } from './provider.js';
import { type StallingProxy, startStallingProxy } from './stalling-proxy.js';

/** A call that was refused by the breaker of an instance, and when that was known here (`performance.now`). */
export interface FleetRefusal extends BreakerRefusal {
  readonly at: number;
  readonly instance: number;
}

/** Three instances behind nginx, and everything they depend on, each of which can be taken away. */
export interface StormFleet {
  readonly redis: OwnRedis;
  readonly postgres: OwnPostgres;
  /** Between the instances and Postgres. */
  readonly wire: StallingProxy;
  readonly database: TestDatabase;
  readonly issuer: StormIssuer;
  readonly provider: StormProvider;
  readonly nginx: Nginx;
  readonly instances: readonly Instance[];
  /** When Redis had not decided on a call in its time (`performance.now`): a write is refused then, a read decided by its instance. */
  readonly undecided: readonly number[];
  /** What the breakers of the instances refused. */
  readonly refused: readonly FleetRefusal[];
  /** Starts it again on its port; the old process must have ended. Resolves when it is ready. */
  restart(instance: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts all of it. What it has started is stopped again when something cannot start. */
export async function startStormFleet(): Promise<StormFleet> {
  const [redisPort = 0, postgresPort = 0, nginxPort = 0, ...ports] = await claimPorts(6);
  const closers: (() => Promise<unknown>)[] = [];
  const opened = <T extends { close(): Promise<unknown> }>(part: T): T => {
    closers.unshift(() => part.close());
    return part;
  };
  const close = async (): Promise<void> => {
    for (const each of closers.splice(0)) await each().catch(console.error);
  };
  try {
    const redis = opened(await startOwnRedis(redisPort));
    const postgres = opened(await startOwnPostgres(postgresPort));
    const wire = opened(await startStallingProxy(postgresPort));
    const provider = opened(await startProvider(ports.length));
    const issuer = await startIssuer();
    closers.unshift(() => issuer.stop());
    const database = await createDatabase(postgres.url);
    const url = new URL(database.env.DATABASE_URL);
    url.port = `${wire.port}`;
    const env = {
      ...issuer.env,
      DATABASE_URL: url.href,
      REDIS_URL: redis.url,
      REDIS_INSTANCES: `${ports.length}`,
    };
    const undecided: number[] = [];
    const refused: FleetRefusal[] = [];
    // Each asks the provider at an address of its own, which the provider has in the same order.
    const start = (instance: number) =>
      startInstance(
        ports[instance] as number,
        { ...env, PAYMENTS_URL: provider.urls[instance] as string },
        {
          onUndecided: () => undecided.push(performance.now()),
          onRefused: (refusal) => refused.push({ ...refusal, at: performance.now(), instance }),
        },
      );
    const instances: Instance[] = [];
    closers.unshift(() => Promise.all(instances.map((instance) => instance.kill())));
    for (const instance of await Promise.all(ports.map((_, instance) => start(instance)))) instances.push(instance);
    const nginx = await startNginx(nginxPort, ports);
    closers.unshift(() => nginx.stop());
    return {
      redis,
      postgres,
      wire,
      database,
      issuer,
      provider,
      nginx,
      instances,
      undecided,
      refused,
      async restart(at) {
        instances[at] = await start(at);
        await until(() => isReady(ports[at] as number), 20_000);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function isReady(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
}
