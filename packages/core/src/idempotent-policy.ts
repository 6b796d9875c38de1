import type { Call } from './call.js';
import { assertKeyArgument, declaresKeyArgument } from './idempotency-key.js';
import type { Effects, IdempotencyStore } from './idempotency-store.js';
import type { WithTenant } from './layers/tenant.js';
import { PolicyError } from './policy-error.js';
import type { WithPrincipal } from './principal.js';
import type { Access } from './scopes.js';
import type { ToolFacts } from './tool-facts.js';
import type { WithEffect } from './with-effect.js';
import type { WithInput } from './with-input.js';

/** Whether a call must carry a key. With `fallbackMs` (60,000 to 120,000), equal arguments within that time count as a repeat. */
export type KeyRule = 'optional' | 'required' | { readonly fallbackMs: number };

/** What a tool must say for `idempotent`: a read nothing, anything else how its effect is made safe. */
export type IdempotentPolicy =
  | { readonly access: 'read'; readonly effects?: never; readonly idempotencyKey?: never; readonly reconcile?: never }
  | ({ readonly access: 'write'; readonly idempotencyKey?: KeyRule } & EffectsPolicy)
  | ({ readonly access: 'sensitive' | 'admin'; readonly idempotencyKey?: 'optional' | 'required' } & EffectsPolicy);

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

/** The effective policy of a write, as `explain` shows it. */
export interface EffectiveIdempotency {
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

/** What holds for a tool; `undefined` for a read. Throws a {@link PolicyError} for a declaration that cannot hold. */
export function effectiveIdempotency(
  tool: Declared,
  store: IdempotencyStore,
  retentionMs: number,
): EffectiveIdempotency | undefined {
  return isWrite(tool) ? ofWrite(tool, store, retentionMs) : noPolicy(tool);
}

function ofWrite(tool: Declared, store: IdempotencyStore, retentionMs: number): EffectiveIdempotency {
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
  if (effects === 'transactional' && store.transact === undefined)
    throw new PolicyError(name, 'effects', 'the store says that it offers "transactional", and has no transact');
  if (reconcile !== undefined && effects !== 'phased')
    throw new PolicyError(name, 'reconcile', 'belongs to phased effects');
  if (reconcile !== undefined && typeof reconcile !== 'function')
    throw new PolicyError(name, 'reconcile', 'must be a function');
  if (idempotencyKey !== 'optional' && idempotencyKey !== 'required') {
    if (typeof idempotencyKey !== 'object' || idempotencyKey === null) {
      throw new PolicyError(name, 'idempotencyKey', 'must be optional, required or { fallbackMs }');
    }
    if (access !== 'write')
      throw new PolicyError(name, 'idempotencyKey', `cannot fall back to the arguments of a tool that is ${access}`);
    const { fallbackMs } = idempotencyKey;
    if (!(fallbackMs >= 60_000 && fallbackMs <= 120_000)) {
      throw new PolicyError(name, 'idempotencyKey.fallbackMs', 'must be 60,000 to 120,000');
    }
  }
  assertKeyArgument(name, tool.inputSchema);
  return {
    effects,
    key: idempotencyKey,
    addsArgument: !declaresKeyArgument(tool.inputSchema),
    reconciles: reconcile !== undefined,
    retentionMs,
  };
}

/** What was decided for a tool; `undefined` for a read, and where its stack has no `idempotent`. */
export function idempotencyOf(tool: Pick<ToolFacts, 'policy'>): EffectiveIdempotency | undefined {
  return tool.policy.idempotent as EffectiveIdempotency | undefined;
}

/** Whether the tool's handler, once it runs, is finished rather than aborted. */
export function protectsHandler(tool: Pick<ToolFacts, 'policy'>): boolean {
  return idempotencyOf(tool)?.effects === 'phased';
}
