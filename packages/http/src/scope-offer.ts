import { authorizationOf, type Tool } from '@sallyport/core';
import { firstScopes, toolScopes } from './tool-scopes.js';

/** Which scopes clients are told to ask for, and how they are written then. */
export interface ScopeOfferOptions {
  /**
   * What `scopes_supported` lists and challenges name. Default: all that the tools need. A tool that needs another one is
   * hidden from callers who lack it: it answers as an unknown tool (−32602), not with a challenge.
   */
  readonly offeredScopes?: readonly string[];
  /** What the issuer wants in front of each scope when it is asked for one: `api://00001111-…/` (Entra ID, Cognito). Default none. */
  readonly scopePrefix?: string;
}

/** The offer of one server. */
export interface ScopeOffer {
  /** What the metadata lists, as a client writes it. */
  readonly supported: readonly string[];
  /** What a client without token should ask for, as it writes it. */
  readonly first: readonly string[];
  /** Whether a caller who lacks a scope of this tool is told how to get it. */
  offersStepUp(tool: Tool): boolean;
  /** The scopes as a client writes them. */
  written(scopes: readonly string[]): string[];
}

/** Throws a `TypeError` when nothing would be offered although the tools need scopes. */
export function scopeOffer(
  tools: readonly Tool[],
  { offeredScopes, scopePrefix = '' }: ScopeOfferOptions = {},
): ScopeOffer {
  const offered = new Set(offeredScopes ?? toolScopes(tools));
  if (offered.size === 0 && toolScopes(tools).length > 0) throw new TypeError('offeredScopes must not be empty');
  const written = (scopes: readonly string[]) => scopes.map((scope) => `${scopePrefix}${scope}`);
  const first = firstScopes(tools).filter((scope) => offered.has(scope));
  return {
    supported: written([...offered].sort()),
    first: written(first.length > 0 ? first : [...offered].sort()),
    offersStepUp: (tool) => (authorizationOf(tool.facts)?.scopes ?? []).every((scope) => offered.has(scope)),
    written,
  };
}
