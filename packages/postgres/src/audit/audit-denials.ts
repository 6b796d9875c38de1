import { type Clock, canonicalJson, type FailedCall, type Report, systemClock } from '@sallyport/core';
import type { Database } from '../database.js';
import type { AuditEntry } from './audit-entry.js';
import { entryInsert } from './entry-insert.js';

/** Codes that mean: the caller was refused. Others are faults, or answers to what was asked. */
const denials: ReadonlySet<string> = new Set([
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
const writeMs = 5_000;

interface Denied {
  readonly tenant: string;
  readonly entry: AuditEntry;
}

interface Waiting {
  readonly denied: Denied;
  count: number;
}

const anything: Denied = { tenant: '', entry: { kind: 'denied', tool: '*', version: '*', code: '*' } };

/** A {@link Report} that also audits denials. */
export interface DenialAudit {
  readonly report: Report;
  /** Writes what is waiting, and stops. */
  close(): Promise<void>;
}

/** How often denials are written, and who is told when that fails. */
export interface DenialAuditOptions {
  /** Default 1 s. */
  readonly everyMs?: number;
  readonly clock?: Clock;
  /**
   * Told when some could not be written. They are kept, and lost only when the last try, in `close`, fails too. Default: a line on
   * standard error.
   */
  readonly lost?: (error: unknown) => void;
}

/**
 * Audits every denied call: those alike (tenant, agent, tool, code) within a second in one entry with their number, so that an
 * agent that is refused a thousand times a second cannot fill the trail. What cannot be written is tried again every second; after an
 * answer that did not come it may be counted twice. Arguments are not in it: they were not checked. Give
 * its `report` to `hardened`; `next` is told of every failed call first.
 *
 * @example
 * ```ts
 * import { hardened, reportToConsole } from '@sallyport/core';
 * import { auditDenials, type Database } from '@sallyport/postgres';
 *
 * const stackOn = (database: Database) => hardened({ report: auditDenials(database, reportToConsole).report });
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
  let timer: unknown;
  let written: Promise<void> = Promise.resolve();

  const add = (denied: Denied, count: number): void => {
    let kind = denied;
    let key = canonicalJson(denied);
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
    const batch = waiting;
    waiting = new Map();
    for (const { denied, count } of batch.values()) {
      try {
        await write(database, denied.tenant, { ...denied.entry, count });
      } catch (error) {
        lost(error);
        add(denied, count);
      }
    }
    if (waiting.size > 0) flushSoon();
  };

  return {
    report(failed) {
      next(failed);
      if (!denials.has(failed.error.code)) return;
      add(denialOf(failed), 1);
      flushSoon();
    },
    async close() {
      clock.clearTimeout(timer);
      written = written.then(flush);
      await written;
      clock.clearTimeout(timer);
    },
  };
}

function denialOf({ error, call: { auth, tool } }: FailedCall): Denied {
  return {
    tenant: auth?.tenant ?? '',
    entry: {
      kind: 'denied',
      ...(auth === undefined ? {} : { agent: auth.subject, issuer: auth.issuer }),
      tool: tool.name,
      version: tool.version,
      code: error.code,
    },
  };
}

async function write(database: Database, tenant: string, entry: AuditEntry): Promise<void> {
  const [text, params] = entryInsert(tenant, entry);
  if (tenant === '') await database.framework(text, params, writeMs);
  else {
    const scope = { tenant, signal: new AbortController().signal, remainingMs: () => writeMs };
    await database.transaction(scope, (sql) => sql(text, params));
  }
}
