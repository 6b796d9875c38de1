import { createHash } from 'node:crypto';
import {
  type Access,
  type Call,
  canonicalJson,
  type Effects,
  isInputRequired,
  type KeyRule,
  type Layer,
  PolicyError,
  ToolError,
  type ToolResult,
  type WithEffect,
  type WithInput,
  type WithPrincipal,
  type WithTenant,
} from '@sallyport/core';
import { DatabaseError } from '../database-error.js';
import type { WithDb } from '../tenant-db.js';
import { assertSecretPaths } from './assert-secret-paths.js';
import type { AuditEntry } from './audit-entry.js';
import { entryInsert } from './entry-insert.js';
import { hmacOf } from './hmac-of.js';
import { type LostOutcome, lostOutcomeToConsole } from './lost-outcome.js';
import { toldArguments } from './told-arguments.js';

/** What a tool may say for `auditTrail`. */
export interface AuditPolicy {
  readonly access?: Access;
  readonly effects?: Effects;
  /** A key that is made of arguments is refused where some are secret: it lets them be tried out. */
  readonly idempotencyKey?: KeyRule;
  /**
   * Paths of arguments that the trail must not show, as agents send them: `card`, `customer.ssn`, `cards.*.number`. An HMAC stands
   * for them. A path that leads to nothing in the tool's input is refused.
   */
  readonly secret?: readonly string[];
}

/** What can be said about the trail. */
export interface AuditOptions {
  /** The key of the HMACs that stand for secrets; at least 32 characters. A tool that declares `secret` needs one. */
  readonly secretKey?: string;
  /** Arguments with a longer canonical JSON are kept as its hash. Default 8,192 characters. */
  readonly maxArgumentsLength?: number;
  /** Told when the outcome of a `phased` call that failed could not be written. Default: a line on standard error. */
  readonly lost?: (outcome: LostOutcome) => void;
}

const outcomesLostHelp = 'Outcomes of phased calls that could not be written: their intents stay without one.';

/** As much of an id that a client made up as is in the trail, and in the log. */
const maxRequestLength = 128;

type Audited = Call & WithDb & WithPrincipal & WithTenant & WithInput & WithEffect;

/**
 * Writes an entry for every write that happened, in the effect's own transaction: either both are saved or neither. A `phased`
 * write, whose effect is elsewhere, gets an entry of intent before and one of the outcome after, also when the call fails and its
 * transaction is rolled back. Without its entry a write does not happen. Put it inside `tenantDb`, as the innermost layer.
 *
 * @example
 * ```ts
 * import { hardened } from '@sallyport/core';
 * import { auditTrail, type Database, postgresIdempotency, tenantDb } from '@sallyport/postgres';
 *
 * const stackOn = (database: Database) =>
 *   hardened({ idempotency: postgresIdempotency(database) }).use(tenantDb(database)).use(auditTrail());
 * ```
 */
export function auditTrail({
  secretKey,
  maxArgumentsLength = 8_192,
  lost = lostOutcomeToConsole,
}: AuditOptions = {}): Layer<WithDb & WithPrincipal & WithTenant & WithInput & WithEffect, unknown, AuditPolicy> {
  if (secretKey !== undefined && !(typeof secretKey === 'string' && secretKey.length >= 32))
    throw new RangeError('secretKey must be a text of at least 32 characters');
  let outcomesLost = 0;
  return {
    name: 'audit',
    measures: () => [
      { name: 'outcomes_lost_total', help: outcomesLostHelp, kind: 'counter', value: outcomesLost, labels: {} },
    ],
    fields: ['access', 'effects', 'idempotencyKey', 'secret'],
    policy(tool) {
      const { name, secret = [] } = tool;
      assertSecretPaths(name, secret, tool.inputSchema);
      if (secret.length > 0 && secretKey === undefined) {
        throw new PolicyError(name, 'secret', 'needs a secretKey, which auditTrail was not given');
      }
      if (secret.length > 0 && typeof tool.idempotencyKey === 'object') {
        throw new PolicyError(
          name,
          'secret',
          'cannot be kept where equal arguments are the key: let the call have one',
        );
      }
      return writes(tool) ? { secret: [...secret] } : undefined;
    },
    wrap: (next, tool) => {
      if (!writes(tool)) return next;
      const { secret = [], effects, inputSchema: schema } = tool;
      const secrets =
        secret.length > 0 && secretKey !== undefined ? { paths: secret, schema, key: secretKey } : undefined;
      // An answer can be made of secrets.
      const ofResult = (result: ToolResult): Pick<AuditEntry, 'resultHash' | 'code'> => {
        if (isInputRequired(result)) return { code: 'INPUT_REQUIRED' };
        const text = JSON.stringify(result);
        return { resultHash: secrets === undefined ? sha256(text) : hmacOf(secrets.key, text) };
      };
      const about = (call: Audited) => {
        const told = toldArguments(call, secrets);
        const text = canonicalJson(told);
        return {
          agent: call.principal.subject,
          issuer: call.principal.issuer,
          tool: tool.name,
          version: tool.version,
          request: call.requestId.slice(0, maxRequestLength),
          ...(call.effect === undefined ? {} : { effect: call.effect.downstreamKey }),
          ...(text.length > maxArgumentsLength ? { argumentsHash: sha256(text) } : { arguments: told }),
        };
      };
      if (effects !== 'phased') {
        return async (call) => {
          const result = await next(call);
          call.db.atCommit(...entryInsert(call.tenant, { kind: 'effect', ...about(call), ...ofResult(result) }));
          return result;
        };
      }
      return async (call) => {
        const { db, tenant } = call;
        const entry = about(call);
        const keepOutcome = (): void =>
          db.afterFailure(async ({ error, apart }) => {
            const failed = ToolError.from(error).code;
            // Where only the downstream knows, a fault says nothing; the caller is told so, too.
            const code = failed === 'INTERNAL' ? 'OUTCOME_UNKNOWN' : failed;
            try {
              await apart((sql) => sql(...entryInsert(tenant, { kind: 'outcome', ...entry, code })));
            } catch (cause) {
              outcomesLost += 1;
              lost({
                tenant,
                agent: entry.agent,
                tool: tool.name,
                request: entry.request,
                effect: entry.effect,
                code,
                cause,
              });
            }
          });
        try {
          await db.apart((sql) => sql(...entryInsert(tenant, { kind: 'intent', ...entry })));
        } catch (error) {
          if (!(error instanceof DatabaseError)) throw error;
          // It may be in the trail all the same.
          if (error.kind === 'commit_unknown') keepOutcome();
          throw new ToolError(
            'DEPENDENCY_UNAVAILABLE',
            'The audit trail cannot be written right now. Nothing was done.',
            {
              cause: error,
              retryAfterMs: error.retryAfterMs ?? 1_000,
            },
          );
        }
        keepOutcome();
        const result = await next(call);
        db.atCommit(...entryInsert(tenant, { kind: 'outcome', ...entry, ...ofResult(result) }));
        return result;
      };
    },
  };
}

function writes({ kind, access }: { readonly kind: string } & AuditPolicy): boolean {
  return kind === 'tool' && access !== 'read';
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
