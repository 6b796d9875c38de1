import {
  type Clock,
  canonicalJson,
  type ErrorCode,
  isTenantName,
  type OnRefusal,
  type Principal,
  type Report,
  systemClock,
  type ToolFacts,
} from '@sallyport/core';
import type { Database } from '../database.js';
import type { AuditEntry } from './audit-entry.js';
import { entryInsert } from './entry-insert.js';

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

  const audit = (code: ErrorCode, principal: Principal | undefined, tool: ToolFacts | undefined): void => {
    if (!denials.has(code)) return;
    add(denialOf(code, principal, tool), 1);
    flushSoon();
  };

  return {
    report(failed) {
      next(failed);
      audit(failed.error.code, failed.call.auth, failed.call.tool);
    },
    onRefusal: ({ code, principal, tool }) => audit(code, principal, tool),
    async close() {
      clock.clearTimeout(timer);
      written = written.then(flush);
      await written;
      clock.clearTimeout(timer);
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

async function write(database: Database, tenant: string, entry: AuditEntry): Promise<void> {
  const [text, params] = entryInsert(tenant, entry);
  if (tenant === '') await database.framework(text, params, writeMs);
  else {
    const scope = { tenant, signal: new AbortController().signal, remainingMs: () => writeMs };
    await database.transaction(scope, (sql) => sql(text, params));
  }
}
