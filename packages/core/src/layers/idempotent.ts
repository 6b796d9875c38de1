import type { Call } from '../call.js';
import { canonicalJson } from '../canonical-json.js';
import { type Clock, systemClock } from '../clock.js';
import { Heartbeat } from '../heartbeat.js';
import { declaresKeyArgument, idempotencyArgument } from '../idempotency-key.js';
import type { Claim, ClaimRequest, Effects, HeldClaim, IdempotencyStore } from '../idempotency-store.js';
import { interrupted } from '../interrupted.js';
import type { Handler, Layer } from '../layer.js';
import { PolicyError } from '../policy-error.js';
import type { WithPrincipal } from '../principal.js';
import { type RandomId, randomId as systemRandomId } from '../random-id.js';
import type { Access } from '../scopes.js';
import { settleOutcome } from '../settle-outcome.js';
import { sha256 } from '../sha256.js';
import { readOutcome, writeOutcome } from '../stored-outcome.js';
import { ToolError } from '../tool-error.js';
import type { ToolFacts } from '../tool-facts.js';
import { isInputRequired, type ToolResult } from '../tool-result.js';
import { isUrlElicitation } from '../url-elicitation.js';
import type { WithTenant } from './tenant.js';
import type { WithInput } from './validate.js';

/** What `idempotent` puts on the call of a write. Missing for reads. */
export interface WithEffect {
  readonly effect?: {
    /**
     * Give this to the downstream as its idempotency key: the same for every attempt at one intended effect, and different
     * for different tenants, principals, tools and keys.
     */
    readonly downstreamKey: string;
    /** Grows with every attempt; a downstream that compares it can refuse an attempt that came back from the dead. */
    readonly fencingToken: number;
  };
}

/** Whether a call must carry a key. With `fallbackMs` (60,000 to 120,000), equal arguments within that time count as a repeat. */
export type KeyRule = 'optional' | 'required' | { readonly fallbackMs: number };

/** What a tool must say for `idempotent`: a read nothing, anything else how its effect is made safe. */
export type IdempotentPolicy =
  | { readonly access: 'read'; readonly effects?: never; readonly idempotencyKey?: never; readonly reconcile?: never }
  | ({ readonly access: 'write' | 'admin'; readonly idempotencyKey?: KeyRule } & EffectsPolicy)
  | ({ readonly access: 'sensitive'; readonly idempotencyKey?: 'optional' | 'required' } & EffectsPolicy);

/** The three ways to make an effect safe. */
export type EffectsPolicy =
  /** The author asserts that repeating is harmless (an upsert); results are only replayed. */
  | { readonly effects: 'natural'; readonly reconcile?: never }
  /** One database transaction holds key, effect and result: exactly once. Needs a store that offers it. */
  | { readonly effects: 'transactional'; readonly reconcile?: never }
  /** For effects outside the database: at most once; effectively once with `reconcile`. */
  | {
      readonly effects: 'phased';
      /**
       * Asks the downstream what became of an interrupted attempt. Resolves to the tool's answer when it happened, to
       * `undefined` when it is known not to have happened (the handler then runs again under the same downstream key), and
       * throws when nobody can tell.
       */
      reconcile?(input: never, call: Call & WithPrincipal & WithTenant & WithInput & WithEffect): unknown;
    };

/** How long results are kept, and by which clock claims are kept alive. */
export interface IdempotentOptions {
  /** Default 24 hours. */
  readonly retentionMs?: number;
  readonly clock?: Clock;
  readonly randomId?: RandomId;
}

/** In `_meta` of an answer that was not made by running the tool again. */
export const replayedMetaKey = 'dev.sallyport/replayed';
/** In `_meta` of an answer that was replayed because equal arguments came again, without a key. */
export const deduplicatedMetaKey = 'dev.sallyport/deduplicated';

/** A claim whose holder is gone turns unknown after this long; a living holder renews three times as often. */
const leaseMs = 30_000;

/**
 * Makes repeated writes harmless (the semantics of draft-ietf-httpapi-idempotency-key-header-06). One key of one principal
 * on one tool runs once; the repeats get the stored answer, marked, or `IDEMPOTENCY_IN_PROGRESS`; other arguments under the
 * key get `IDEMPOTENCY_CONFLICT`. Definitive errors are answers too. An attempt that was interrupted where nobody can know
 * is `OUTCOME_UNKNOWN` until `reconcile` says otherwise: it is never run again because time passed.
 */
export function idempotent(
  store: IdempotencyStore,
  { retentionMs = 24 * 60 * 60 * 1_000, clock = systemClock, randomId = systemRandomId }: IdempotentOptions = {},
): Layer<WithPrincipal & WithTenant & WithInput, WithEffect, IdempotentPolicy> {
  if (!(retentionMs > 0)) throw new RangeError('retentionMs must be a positive number');
  const ignore = () => {};
  const heartbeat = new Heartbeat<HeldClaim>(
    leaseMs / 3,
    (held) => void store.renew(held, leaseMs).catch(ignore),
    clock,
  );
  return {
    name: 'idempotent',
    fields: ['access', 'effects', 'idempotencyKey', 'reconcile'],
    policy: (tool) => (isWrite(tool) ? effectivePolicy(tool, store, retentionMs) : noPolicy(tool)),
    wrap: (next, tool) => {
      const policy = tool.policy.idempotent as EffectivePolicy | undefined;
      if (policy === undefined) return next;
      const { effects } = policy;
      const reconcile = tool.effects === 'phased' ? tool.reconcile : undefined;
      const keyRule = tool.idempotencyKey ?? 'optional';
      const fallbackMs = typeof keyRule === 'object' ? keyRule.fallbackMs : undefined;

      return async (call) => {
        if (keyRule === 'required' && call.idempotencyKey === undefined) {
          throw new ToolError('INVALID_INPUT', `${tool.name} needs an ${idempotencyArgument}.`);
        }
        if (call.signal.aborted) throw interrupted(call.signal);
        const { tenant, principal, idempotencyKey } = call;
        const byArguments = idempotencyKey === undefined && fallbackMs !== undefined;
        const keyed = idempotencyKey !== undefined || byArguments;
        const canonical = keyed ? canonicalJson(call.input) : '';
        // Without a key every call is an effect of its own: the id a client gives its request repeats from session to session.
        const [kind, key] = byArguments
          ? ['arguments', canonical]
          : keyed
            ? ['key', idempotencyKey]
            : ['call', randomId()];
        const scope = [kind, tenant, principal.issuer, principal.subject, tool.name, key] as readonly string[];
        const downstreamKey = await sha256('downstream', ...scope);
        const attempt = (fencingToken: number) => ({
          ...call,
          effect: { downstreamKey, fencingToken },
          // Past the point of no return: what was started is finished, and its result kept for the retry.
          ...(effects === 'phased' ? { signal: new AbortController().signal } : {}),
        });
        if (!keyed) return next(attempt(0));

        const claimKey = await sha256('claim', ...scope);
        const fingerprint = await sha256(tool.version, canonical);
        const claim = await claimOf({
          tenant,
          key: claimKey,
          fingerprint,
          leaseMs,
          retentionMs: fallbackMs ?? retentionMs,
        });
        if (claim.state !== 'claimed' && claim.state !== 'unknown') return answered(claim, byArguments);
        const held: HeldClaim = { tenant, key: claimKey, token: claim.token };
        if (call.signal.aborted) {
          await (claim.state === 'claimed' ? store.release(held) : store.abandon(held)).catch(ignore);
          throw interrupted(call.signal);
        }
        if (claim.state === 'claimed' || effects === 'natural') return run(next, attempt(claim.token), held);
        if (reconcile === undefined) {
          await store.abandon(held).catch(ignore);
          throw outcomeUnknown(tool.name);
        }
        const instead = async (input: unknown, during: Call) => {
          try {
            return await reconcile(input as never, during as never);
          } catch (error) {
            // Whatever it threw, also an error that would free the key had the handler thrown it: nobody can tell.
            throw outcomeUnknown(tool.name, error);
          }
        };
        return run(next, { ...attempt(claim.token), instead }, held);
      };

      async function claimOf(request: ClaimRequest): Promise<Claim> {
        try {
          return await store.claim(request);
        } catch (cause) {
          if (cause instanceof ToolError) throw cause;
          throw new ToolError('DEPENDENCY_UNAVAILABLE', 'Idempotency keys cannot be checked right now.', {
            retryAfterMs: 1_000,
            cause,
          });
        }
      }

      /** Runs what is below under a held claim, and gives the claim its end, also when that comes after the answer. */
      async function run<C extends Call>(below: Handler<C>, call: C, held: HeldClaim): Promise<ToolResult> {
        heartbeat.add(held);
        let result: ToolResult;
        try {
          result = await below(call);
        } catch (error) {
          const rest = call.work.rest.at(-1);
          if (rest === undefined) await conclude(held, { error });
          else
            void rest.then(
              (late) => conclude(held, { result: late }),
              (late: unknown) => conclude(held, { error: late }),
            );
          throw error;
        }
        await conclude(held, { result });
        return result;
      }

      /** Never rejects. A store that fails, or an answer that has no text, leaves the claim to expire into `unknown`. */
      async function conclude(held: HeldClaim, ended: { result: ToolResult } | { error: unknown }): Promise<void> {
        heartbeat.delete(held);
        try {
          const verdict = judge(ended, effects);
          if (verdict === 'release') await store.release(held);
          else if (verdict === 'abandon') await store.abandon(held);
          else await settleOutcome(store, held, verdict.stored);
        } catch {
          // By then it is the truth.
        }
      }
    },
  };
}

/** Errors that say nothing was done: the key is free again. */
const refusals: ReadonlySet<string> = new Set([
  'UNAUTHENTICATED',
  'INSUFFICIENT_SCOPE',
  'RATE_LIMITED',
  'BUDGET_EXHAUSTED',
  'OVERLOADED',
  'DEPENDENCY_UNAVAILABLE',
  'POLICY_REVIEW_REQUIRED',
  'SHUTTING_DOWN',
]);
/** Errors after which nobody knows. */
const uncertain: ReadonlySet<string> = new Set(['INTERNAL', 'TOOL_TIMEOUT', 'CANCELLED', 'OUTCOME_UNKNOWN']);

function judge(
  ended: { result: ToolResult } | { error: unknown },
  effects: Effects,
): 'release' | 'abandon' | { readonly stored: string } {
  if ('result' in ended) return isInputRequired(ended.result) ? 'release' : { stored: writeOutcome(ended.result) };
  const { error } = ended;
  if (isUrlElicitation(error)) return 'release';
  if (!(error instanceof ToolError)) return effects === 'phased' ? 'abandon' : 'release';
  if (refusals.has(error.code)) return 'release';
  if (uncertain.has(error.code)) return effects === 'phased' ? 'abandon' : 'release';
  return { stored: writeOutcome(error) };
}

function answered(claim: Exclude<Claim, { token: number }>, byArguments: boolean): ToolResult {
  switch (claim.state) {
    case 'conflict':
      throw new ToolError(
        'IDEMPOTENCY_CONFLICT',
        'This idempotency key was used with other arguments. Use a new key for a new effect.',
      );
    case 'in-progress':
      throw new ToolError('IDEMPOTENCY_IN_PROGRESS', 'The first call with this idempotency key still runs.', {
        retryAfterMs: claim.retryAfterMs,
      });
    case 'settled': {
      const mark = { [replayedMetaKey]: true, ...(byArguments ? { [deduplicatedMetaKey]: true } : {}) };
      const outcome = readOutcome(claim.result, mark);
      if (outcome instanceof ToolError) throw outcome;
      return outcome;
    }
  }
}

function outcomeUnknown(name: string, cause?: unknown): ToolError {
  return new ToolError(
    'OUTCOME_UNKNOWN',
    `An earlier ${name} with this idempotency key was interrupted, and whether it took effect is not known. Do not repeat it; check the effect itself or ask an operator.`,
    cause === undefined ? {} : { cause },
  );
}

/** What `explain` shows. */
interface EffectivePolicy {
  readonly effects: Effects;
  readonly key: KeyRule;
  readonly addsArgument: boolean;
  readonly reconciles: boolean;
  readonly retentionMs: number;
}

type Declared = Omit<ToolFacts, 'policy'> & {
  readonly access?: Access;
  readonly effects?: Effects;
  readonly idempotencyKey?: KeyRule;
  readonly reconcile?: unknown;
  readonly maxOutputBytes?: number;
};

function isWrite({ kind, access }: Declared): boolean {
  return kind === 'tool' && access !== 'read';
}

/** What the types say of reads, for callers they do not reach. */
function noPolicy(tool: Declared): undefined {
  for (const field of ['effects', 'idempotencyKey', 'reconcile'] as const) {
    if (tool[field] !== undefined) throw new PolicyError(tool.name, field, 'belongs to tools that write');
  }
}

function effectivePolicy(tool: Declared, store: IdempotencyStore, retentionMs: number): EffectivePolicy {
  const { name, access, effects, idempotencyKey = 'optional', reconcile, maxOutputBytes = 0 } = tool;
  if (effects === undefined || !['natural', 'phased', 'transactional'].includes(effects)) {
    throw new PolicyError(
      name,
      'effects',
      `must say how a ${access} tool is made safe: natural, phased or transactional`,
    );
  }
  const { maxResultBytes = Number.POSITIVE_INFINITY } = store;
  if (maxOutputBytes > maxResultBytes) {
    throw new PolicyError(
      name,
      'maxOutputBytes',
      `is over the ${maxResultBytes} bytes that the store of idempotent results keeps of an answer`,
    );
  }
  if (!store.effects.includes(effects)) {
    throw new PolicyError(
      name,
      'effects',
      `"${effects}" needs a store that offers it; this one offers ${store.effects.join(', ')}`,
    );
  }
  if (reconcile !== undefined && effects !== 'phased')
    throw new PolicyError(name, 'reconcile', 'belongs to phased effects');
  if (reconcile !== undefined && typeof reconcile !== 'function')
    throw new PolicyError(name, 'reconcile', 'must be a function');
  if (idempotencyKey !== 'optional' && idempotencyKey !== 'required') {
    if (typeof idempotencyKey !== 'object' || idempotencyKey === null) {
      throw new PolicyError(name, 'idempotencyKey', 'must be optional, required or { fallbackMs }');
    }
    if (access === 'sensitive')
      throw new PolicyError(name, 'idempotencyKey', 'cannot fall back to the arguments of a sensitive tool');
    const { fallbackMs } = idempotencyKey;
    if (!(fallbackMs >= 60_000 && fallbackMs <= 120_000)) {
      throw new PolicyError(name, 'idempotencyKey.fallbackMs', 'must be 60,000 to 120,000');
    }
  }
  return {
    effects,
    key: idempotencyKey,
    addsArgument: !declaresKeyArgument(tool.inputSchema),
    reconciles: reconcile !== undefined,
    retentionMs,
  };
}

/** Whether the tool's handler, once it runs, is finished rather than aborted. */
export function protectsHandler(tool: Pick<ToolFacts, 'policy'>): boolean {
  return (tool.policy.idempotent as EffectivePolicy | undefined)?.effects === 'phased';
}
