import {
  type AdmissionStore,
  defaultAgentLimits,
  hardened,
  type Limits,
  localFallback,
  memoryAdmission,
  type Principal,
  type Priority,
  reportToConsole,
} from '@sallyport/core';
import { eventLoopLoad, logEvents, observe, serveMetrics } from '@sallyport/observe';
import { auditDenials, auditTrail, forgetOldKeysRegularly, postgresIdempotency, tenantDb } from '@sallyport/postgres';
import { connectRedis, redisAdmission } from '@sallyport/redis';
import { pino } from 'pino';
import { readConfig } from '../../examples/postgres/src/config.js';
import { openDatabase } from '../../examples/postgres/src/database.js';
import { dependencies } from '../../examples/postgres/src/guards.js';
import { startFakeProvider } from '../../examples/postgres/src/payments/fake-provider.js';
import { paymentsAt } from '../../examples/postgres/src/payments/payments.js';
import { serveHttp } from '../../examples/postgres/src/serve-http.js';
import { shareState } from '../../examples/postgres/src/shared-state.js';
import { allTools } from '../../examples/postgres/src/tools/all-tools.js';
import { breakerRefusals } from './breaker-refusals.js';
import { holdConnection } from './hold-connection.js';
import type { StormBug, StormPlan } from './plans.js';
import { answerProbes } from './probe.js';

// The example, put together from its own parts, with what an operator adds for a storm: plans with priorities and limits, the
// bounds of shedding for a pool of ten, telemetry, and one tool more. It can be broken on purpose, so that the proofs are proven too.

let bug: StormBug | undefined;
const config = readConfig(process.env);

const many: Limits = { perMinute: 1_000_000, concurrent: 10_000 };
const agentLimits: Readonly<Record<StormPlan, Limits>> = {
  usual: defaultAgentLimits,
  load: many,
  critical: many,
  tenant: many,
};
const planOf = ({ plan }: Principal): StormPlan => (plan as StormPlan | undefined) ?? 'usual';
const priorityOf = (principal: Principal): Priority =>
  planOf(principal) === 'critical' || bug === 'no priorities' ? 'critical' : 'default';

/**
 * In flight beyond the ten of the pool: nine who wait for one of the next connections, no longer than they have time; and five, a
 * fifth, for whom places are reserved, and who wait for the very next one.
 */
const poolBounds = { minLimit: 10, initialLimit: 20, maxLimit: 24 };

const database = await openDatabase(config.database);
const denials = auditDenials(database, reportToConsole);
if (config.redis === undefined) throw new TypeError('REDIS_URL: a storm needs one');
const errors = pino({ level: 'error' });
const log = logEvents(errors);
const shared = await shareState(config.redis, log);
const limits = connectRedis(config.redis.url, { connectionName: 'sallyport-storm' });
const counted = localFallback(noting(redisAdmission(limits)), config.redis.instances);
const stopForgetting = forgetOldKeysRegularly(database, console.error);
const telemetry = observe({ log: errors });
const observer = breakerRefusals(
  telemetry,
  () => bug !== 'no breaker',
  (refusal) => say(`refused ${JSON.stringify(refusal)}`),
);
const stack = hardened({
  idempotency: postgresIdempotency(database),
  observe: observer,
  report: denials.report,
  admission: breakable(counted),
  agentLimits: (principal) => agentLimits[planOf(principal)],
  tenantLimits: (principal) =>
    planOf(principal) === 'tenant' ? { concurrent: bug === 'no tenant limit' ? 10_000 : 6 } : {},
  shed: { priorityOf, ...poolBounds },
  dependencies,
})
  .use(tenantDb(database))
  .use(auditTrail());
const payments = paymentsAt(config.paymentsUrl ?? (await startFakeProvider()).url);
const tools = [...allTools(stack, payments), holdConnection(stack)];
answerProbes((seeded) => {
  bug = seeded;
});
const metrics = await serveMetrics(telemetry, { port: 0 });
say(`metrics ${metrics.url}`);
await serveHttp(tools, config, {
  database,
  shared,
  onRefusal: denials.onRefusal,
  operations: { telemetry, log, load: eventLoopLoad(), close: () => telemetry.close() },
  close: async () => {
    stopForgetting();
    shared.close();
    limits.disconnect();
    await denials.close();
    await database.close();
    await metrics.close();
    process.disconnect?.();
  },
});

/** Says when Redis did not decide in its time: whoever judges limits must know when reads were decided here. */
function noting(store: AdmissionStore): AdmissionStore {
  return {
    async admit(request) {
      try {
        return await store.admit(request);
      } catch (error) {
        say('undecided');
        throw error;
      }
    },
    renew: (request) => store.renew(request),
    release: (request) => store.release(request),
  };
}

/** As long as the bug is there, this instance counts for itself, or each call that it admits goes on listening to it. */
function breakable(store: AdmissionStore): AdmissionStore {
  const own = memoryAdmission();
  const of = () => (bug === 'limits of its own' ? own : store);
  const { signal } = new AbortController();
  return {
    admit(request) {
      if (bug === 'a listener left behind') signal.addEventListener('abort', () => {});
      return of().admit(request);
    },
    renew: (request) => of().renew(request),
    release: (request) => of().release(request),
  };
}

/** Tells the parent. */
function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
