import {
  type Clock,
  type ErrorCode,
  isTenantName,
  type OnRefusal,
  type Principal,
  type Report,
  systemClock,
  type ToolFacts,
} from '@sallyport/core';
import { ReplayedError } from '@sallyport/core/adapter';
import type { Database } from '../database.js';
import type { Scope } from '../scope.js';
import type { AuditEntry } from './audit-entry.js';
import { entryText } from './entry-text.js';

/** Codes that mean: the caller was refused. Others are faults, or answers to what was asked. */
const denials: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'UNAUTHENTICATED',
  'INSUFFICIENT_SCOPE',
  'TENANT_FORBIDDEN',
  'RATE_LIMITED',
  'BUDGET_EXHAUSTED',
  'POLICY_DENIED',
  'POLICY_REVIEW_REQUIRED',
  'APPROVAL_REJECTED',
  'IDEMPOTENCY_CONFLICT',
]);

/** Denials that differ in tenant, agent, tool or code, from one write to the next. Beyond it they are counted together. */
const maxKinds = 1_000;
/** For one write, and for all that the end still writes. */
const writeMs = 5_000;

interface Denied {
  /** Empty for nobody's: no tenant has that name. */
  readonly tenant: string;
  readonly entry: AuditEntry;
}

interface Waiting {
  readonly denied: Denied;
  count: number;
}

const anything: Denied = { tenant: '', entry: { kind: 'denied', tool: '*', version: '*', code: '*' } };

/** What audits denials, wherever a call is denied. */
export interface DenialAudit {
  /** For the stack: `report` of `hardened`. */
  readonly report: Report;
  /** For what never reaches it: `onRefusal` of `serve`, or of `mount`. */
  readonly onRefusal: OnRefusal;
  /**
   * Writes what is waiting, for 5 s at the most, and stops. What is not known to be written by then is lost: `lost` is told once, how many
   * denials that is. Never rejects.
   */
  close(): Promise<void>;
}

/** How often denials are written, and who is told when that fails. */
export interface DenialAuditOptions {
  /** Default 1 s. */
  readonly everyMs?: number;
  readonly clock?: Clock;
  /**
   * Told of each write that failed. What was in it is kept, and lost only when the last try, in `close`, fails too. Default: a line
   * on standard error.
   */
  readonly lost?: (error: unknown) => void;
}

/**
 * Audits every denied call: those alike (tenant, agent, tool, code) within a second in one entry with their number, so that an
 * agent that is refused a thousand times a second cannot fill the trail. What cannot be written is tried again every second; after an
 * answer that did not come it may be counted twice. Arguments are not in it: they were not checked. Give its `report` to `hardened`,
 * and its `onRefusal` to whoever serves; `next` is told of every failed call first.
 *
 * Who was refused without a verified token is nobody: all of them have one entry a second for each code, in a chain of their own, that
 * of the empty name. A tool that was not looked for, or is none of the server's, is `*`.
 *
 * @example
 * ```ts
 * import { hardened, reportToConsole } from '@sallyport/core';
 * import { auditDenials, type Database } from '@sallyport/postgres';
 *
 * const guardsOn = (database: Database) => {
 *   const { report, onRefusal } = auditDenials(database, reportToConsole);
 *   return { stack: hardened({ report }), edge: { onRefusal } };
 * };
 * ```
 */
export function auditDenials(
  database: Database,
  next: Report,
  {
    everyMs = 1_000,
    clock = systemClock,
    lost = (error) => console.error(`denials were not audited: ${String(error)}`),
  }: DenialAuditOptions = {},
): DenialAudit {
  let waiting = new Map<string, Waiting>();
  /** What a flush took out of `waiting` and has neither written nor put back, by tenant. */
  let taken = new Map<string, Waiting[]>();
  let timer: unknown;
  let written: Promise<void> = Promise.resolve();
  let stage: 'open' | 'closing' | 'closed' = 'open';
  let lastFailure: unknown;

  const add = (denied: Denied, count: number): void => {
    let kind = denied;
    let key = JSON.stringify(denied);
    if (!waiting.has(key) && waiting.size >= maxKinds) {
      kind = anything;
      key = '*';
    }
    const known = waiting.get(key);
    if (known === undefined) waiting.set(key, { denied: kind, count });
    else known.count += count;
  };
  const flushSoon = (): void => {
    timer ??= clock.setTimeout(() => {
      written = written.then(flush);
    }, everyMs);
  };
  const flush = async (): Promise<void> => {
    timer = undefined;
    taken = new Map();
    for (const one of waiting.values()) {
      const { tenant } = one.denied;
      const alike = taken.get(tenant);
      if (alike === undefined) taken.set(tenant, [one]);
      else alike.push(one);
    }
    waiting = new Map();
    for (const [tenant, alike] of taken) {
      try {
        await write(database, tenant, alike);
      } catch (error) {
        lastFailure = error;
        if (stage === 'open') lost(error);
        for (const { denied, count } of alike) add(denied, count);
      }
      if (stage === 'closed') return;
      taken.delete(tenant);
    }
    if (waiting.size > 0 && stage === 'open') flushSoon();
  };

  const audit = (code: ErrorCode, principal: Principal | undefined, tool: ToolFacts | undefined): void => {
    if (!denials.has(code)) return;
    if (stage === 'closed') lost(new Error(`a ${code} came after the end`));
    else add(denialOf(code, principal, tool), 1);
    if (stage === 'open') flushSoon();
  };

  return {
    report(failed) {
      next(failed);
      // It was audited when it was decided.
      if (failed.error instanceof ReplayedError) return;
      audit(failed.error.code, failed.call.auth, failed.call.tool);
    },
    onRefusal({ code, principal, tool }) {
      if (code !== 'UNKNOWN_TOOL') audit(code, principal, tool);
    },
    close() {
      if (stage !== 'open') return written;
      stage = 'closing';
      lastFailure = undefined;
      clock.clearTimeout(timer);
      let giveUp: unknown;
      const late = new Promise<void>((resolve) => {
        giveUp = clock.setTimeout(resolve, writeMs);
      });
      written = Promise.race([written.then(flush), late]).then(() => {
        clock.clearTimeout(giveUp);
        stage = 'closed';
        const dropped = [...[...taken.values()].flat(), ...waiting.values()].reduce((sum, { count }) => sum + count, 0);
        if (dropped > 0)
          lost(new Error(`${dropped} are lost: ${lastFailure ?? 'the database did not answer in time'}`));
      });
      return written;
    },
  };
}

function denialOf(code: ErrorCode, principal: Principal | undefined, tool: ToolFacts | undefined): Denied {
  const tenant = principal?.tenant;
  return {
    tenant: isTenantName(tenant) ? tenant : '',
    entry: {
      kind: 'denied',
      ...(principal === undefined ? {} : { agent: principal.subject, issuer: principal.issuer }),
      tool: tool?.name ?? '*',
      version: tool?.version ?? '*',
      code,
    },
  };
}

/** Denials of one tenant, in one statement. */
async function write(database: Database, tenant: string, alike: readonly Waiting[]): Promise<void> {
  const text =
    'INSERT INTO sallyport.audit_entries (tenant, entry) SELECT $1, entry FROM json_array_elements_text($2::text::json) AS entry';
  const entries = alike.map(({ denied, count }) => entryText({ ...denied.entry, count }));
  const params = [tenant, JSON.stringify(entries)];
  if (tenant === '') await database.framework(text, params, writeMs);
  else {
    const scope: Scope = {
      tenant,
      priority: 'critical',
      signal: new AbortController().signal,
      remainingMs: () => writeMs,
    };
    await database.transaction(scope, (sql) => sql(text, params));
  }
}
