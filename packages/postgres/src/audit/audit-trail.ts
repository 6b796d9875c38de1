import { createHash } from 'node:crypto';
import {
  type Access,
  type Call,
  canonicalJson,
  type Effects,
  type Layer,
  PolicyError,
  ToolError,
  type ToolResult,
  type WithEffect,
  type WithInput,
  type WithPrincipal,
  type WithTenant,
} from '@sallyport/core';
import type { WithDb } from '../tenant-db.js';
import type { AuditEntry } from './audit-entry.js';
import { hideSecrets } from './hide-secrets.js';

/** What a tool may say for `auditTrail`. */
export interface AuditPolicy {
  readonly access?: Access;
  readonly effects?: Effects;
  /** Paths of arguments that the trail must not show: `card`, `customer.ssn`, `cards.*.number`. An HMAC stands for them. */
  readonly secret?: readonly string[];
}

/** What can be said about the trail. */
export interface AuditOptions {
  /** The key of the HMACs that stand for secrets; at least 32 characters. A tool that declares `secret` needs one. */
  readonly secretKey?: string;
  /** Arguments with a longer canonical JSON are kept as its hash. Default 8,192 characters. */
  readonly maxArgumentsLength?: number;
}

type Audited = Call & WithDb & WithPrincipal & WithTenant & WithInput & WithEffect;

/**
 * Writes an entry for every write that happened, in the effect's own transaction: either both are saved or neither. A `phased`
 * write, whose effect is elsewhere, gets an entry of intent before and one of the outcome after. Without its entry a write does
 * not happen. Put it inside `tenantDb`, as the innermost layer.
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
}: AuditOptions = {}): Layer<WithDb & WithPrincipal & WithTenant & WithInput & WithEffect, unknown, AuditPolicy> {
  if (secretKey !== undefined && secretKey.length < 32)
    throw new RangeError('secretKey must have at least 32 characters');
  return {
    name: 'audit',
    fields: ['access', 'effects', 'secret'],
    policy(tool) {
      const { name, secret = [] } = tool;
      if (!Array.isArray(secret) || secret.some((path) => typeof path !== 'string' || path === '')) {
        throw new PolicyError(name, 'secret', 'must be a list of paths');
      }
      if (secret.length > 0 && secretKey === undefined) {
        throw new PolicyError(name, 'secret', 'needs a secretKey, which auditTrail was not given');
      }
      return writes(tool) ? { secret: [...secret] } : undefined;
    },
    wrap: (next, tool) => {
      if (!writes(tool)) return next;
      const { secret = [], effects } = tool;
      const about = (call: Audited): Omit<AuditEntry, 'kind'> => {
        const told = toldArguments(call.input, secret.length === 0 ? call.sent : undefined);
        const hidden = secretKey === undefined ? told : hideSecrets(told, secret, secretKey);
        const text = canonicalJson(hidden);
        return {
          agent: call.principal.subject,
          issuer: call.principal.issuer,
          tool: tool.name,
          version: tool.version,
          request: call.requestId,
          ...(call.effect === undefined ? {} : { effect: call.effect.downstreamKey }),
          ...(text.length > maxArgumentsLength ? { argumentsHash: sha256(text) } : { arguments: hidden }),
        };
      };
      if (effects !== 'phased') {
        return async (call) => {
          const result = await next(call);
          await write(call, { kind: 'effect', ...about(call), ...ofResult(result) });
          return result;
        };
      }
      return async (call) => {
        const entry = about(call);
        await write(call, { kind: 'intent', ...entry });
        let result: ToolResult;
        try {
          result = await next(call);
        } catch (error) {
          // What the tool says went wrong is not hidden by a transaction that takes no more statements; its intent is in the trail.
          await write(call, { kind: 'outcome', ...entry, code: ToolError.from(error).code }).catch(() => {});
          throw error;
        }
        await write(call, { kind: 'outcome', ...entry, ...ofResult(result) });
        return result;
      };
    },
  };
}

function writes({ kind, access }: { readonly kind: string } & AuditPolicy): boolean {
  return kind === 'tool' && access !== 'read';
}

/** In the call's own transaction where it has one; what a phased write says must outlive whatever becomes of the call. */
async function write({ db, tenant, tool }: Audited, entry: AuditEntry): Promise<void> {
  const text = 'INSERT INTO sallyport.audit_entries (tenant, entry) VALUES ($1, $2)';
  const params = [tenant, canonicalJson(entry)];
  const apart = (tool as AuditPolicy).effects === 'phased' && !db.open;
  if (apart) await db.apart((sql) => sql(text, params));
  else await db.statement(text, params);
}

/**
 * What of the arguments can be written: as the schema made them, where that is JSON, otherwise as they were sent. Neither where a
 * schema made something else of arguments that hold secrets: what paths mean in what was sent is not known.
 */
function toldArguments(input: unknown, sent: unknown): unknown {
  for (const told of [input, sent]) {
    try {
      canonicalJson(told);
      return told;
    } catch {
      // Dates, maps and instances of classes.
    }
  }
  return null;
}

function ofResult(result: ToolResult): Pick<AuditEntry, 'resultHash'> {
  return { resultHash: sha256(JSON.stringify(result)) };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
