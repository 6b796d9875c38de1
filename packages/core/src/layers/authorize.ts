import type { Layer } from '../layer.js';
import { LeanCall } from '../lean-call.js';
import { leanLayer } from '../lean-layer.js';
import { PolicyError } from '../policy-error.js';
import type { Principal, WithPrincipal } from '../principal.js';
import {
  type Access,
  accessScopes,
  defaultHierarchy,
  hasAll,
  missingScopes,
  resourceScope,
  type ScopeHierarchy,
} from '../scopes.js';
import { ToolError } from '../tool-error.js';
import type { ToolFacts } from '../tool-facts.js';

/** What a tool must say for `authorize`. */
export interface AuthorizePolicy {
  /** How dangerous the tool is; decides the scope it needs. */
  readonly access: Access;
  /** Scopes of the tool's own, all needed, instead of the one of its access class: `['billing:refund']`. */
  readonly scopes?: readonly string[];
  /** Where `access` comes from when the author did not declare it. Set by adapters. */
  readonly derivedFrom?: 'annotations';
}

/** The effective policy, as `explain` shows it. */
export interface Authorization {
  readonly access: Access;
  readonly scopes: readonly string[];
  readonly hierarchy: ScopeHierarchy;
  readonly derivedFrom?: 'annotations';
}

/**
 * Lets a call pass whose principal holds every scope the tool needs, and puts the principal on it. Throws
 * `UNAUTHENTICATED` without a principal and `INSUFFICIENT_SCOPE`, naming the missing scopes, otherwise.
 *
 * @example
 * ```ts
 * import { authorize, createStack } from '@sallyport/core';
 *
 * createStack().use(authorize({ 'shop:admin': ['mcp:tools:write'], 'mcp:tools:write': ['mcp:tools:read'] }));
 * ```
 */
export function authorize(
  hierarchy: ScopeHierarchy = defaultHierarchy,
): Layer<unknown, WithPrincipal, AuthorizePolicy> {
  return leanLayer<unknown, WithPrincipal, AuthorizePolicy>({
    name: 'authorize',
    fields: ['access', 'scopes', 'derivedFrom'],
    policy({ name, kind, access, scopes, derivedFrom }): Authorization {
      if (access === undefined || !Object.hasOwn(accessScopes, access)) {
        throw new PolicyError(name, 'access', `must be one of ${Object.keys(accessScopes).join(', ')}`);
      }
      if (scopes !== undefined && !isScopeList(scopes)) {
        throw new PolicyError(name, 'scopes', 'must be an array of at least one scope');
      }
      const required = scopes ?? [kind === 'tool' ? accessScopes[access] : resourceScope];
      return { access, scopes: required, hierarchy, ...(derivedFrom === undefined ? {} : { derivedFrom }) };
    },
    wrap: (next, tool) => (call) => {
      const denied = denial(tool, call.auth);
      if (denied !== undefined) throw denied;
      return next(LeanCall.passOn(call, { principal: call.auth as Principal }));
    },
  });
}

/**
 * What was decided about access to a tool; `undefined` when its stack has no `authorize`.
 *
 * @example
 * ```ts
 * import { authorizationOf, type Tool } from '@sallyport/core';
 *
 * export const isOpen = (tool: Tool) => authorizationOf(tool.facts) === undefined;
 * ```
 */
export function authorizationOf(tool: ToolFacts): Authorization | undefined {
  return tool.policy.authorize as Authorization | undefined;
}

/** Whether calls of the tool are meant to change something, as far as its access class says. */
export function isWrite({ kind, policy }: Pick<ToolFacts, 'kind' | 'policy'>): boolean {
  const { access = 'read' } = (policy.authorize ?? {}) as Partial<Authorization>;
  return kind === 'tool' && access !== 'read';
}

/**
 * The error `authorize` will throw for this caller, or `undefined` when it may pass: for edges that answer 401 and 403
 * before the tool runs. The text is the same, byte for byte, for equal tools and equal missing scopes.
 *
 * @example
 * ```ts
 * import { denial, type Principal, type Tool } from '@sallyport/core';
 *
 * export const visible = (tools: readonly Tool[], caller: Principal) =>
 *   tools.filter((tool) => denial(tool.facts, caller) === undefined);
 * ```
 */
export function denial(tool: ToolFacts, auth: Principal | undefined): ToolError | undefined {
  const authorization = authorizationOf(tool);
  if (authorization === undefined) return undefined;
  if (auth === undefined) return new ToolError('UNAUTHENTICATED', 'This call carries no verified caller.');
  if (hasAll(auth.scopes, authorization.scopes)) return undefined;
  const missing = missingScopes(auth.scopes, authorization.scopes, authorization.hierarchy);
  if (missing.length === 0) return undefined;
  return new ToolError('INSUFFICIENT_SCOPE', `${tool.name} needs the scope ${missing.join(' ')}.`, {
    details: { requiredScopes: authorization.scopes },
  });
}

function isScopeList(scopes: unknown): boolean {
  return (
    Array.isArray(scopes) && scopes.length > 0 && scopes.every((scope) => typeof scope === 'string' && scope !== '')
  );
}
