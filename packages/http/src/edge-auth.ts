import { AuthError, type Authenticator, insufficientScopeChallenge, unauthorizedChallenge } from '@sallyport/auth';
import { authorizationOf, denial, type Principal, type Tool, ToolError } from '@sallyport/core';
import { Refused } from './answer.js';
import type { Era } from './era.js';
import type { Log } from './log.js';
import { type RpcId, typedAnswer } from './rpc-error.js';

/** What the edge decides about a caller, before anything runs. */
export interface EdgeAuth {
  /** The principal. Throws 401, or 503 when nobody can tell. */
  authenticate(authorization: string | undefined, metadataUrl: string): Promise<Principal>;
  /** Throws 403 when the principal lacks a scope the tool needs. `era` is only asked for then. */
  authorize(tool: Tool, principal: Principal, metadataUrl: string, era: () => Era, id: RpcId): void;
}

/** Tokens, and challenges that say how to get a better one. `firstScopes`: what a client without token should ask for. */
export function tokenAuth(authenticator: Authenticator, firstScopes: readonly string[], log: Log): EdgeAuth {
  return {
    async authenticate(authorization, metadataUrl) {
      try {
        return await authenticator.authenticate(authorization);
      } catch (error) {
        if (!(error instanceof AuthError)) throw error;
        const { status, kind, reason, cause } = error;
        const level = status === 503 ? 'warn' : 'info';
        log({
          level,
          event: 'unauthenticated',
          kind,
          reason,
          ...(cause === undefined ? {} : { cause: String(cause) }),
        });
        if (status === 503) throw new Refused(typedAnswer(new ToolError('DEPENDENCY_UNAVAILABLE', error.message)));
        const challenge = unauthorizedChallenge(error, metadataUrl, firstScopes);
        throw challenged(typedAnswer(new ToolError('UNAUTHENTICATED', error.message)), challenge);
      }
    },
    authorize(tool, principal, metadataUrl, era, id) {
      const denied = denial(tool.facts, principal);
      if (denied === undefined) return;
      const { issuer, subject, scopes } = principal;
      log({ level: 'info', event: 'forbidden', code: denied.code, tool: tool.facts.name, issuer, subject });
      const required = authorizationOf(tool.facts)?.scopes ?? [];
      // A client of the 2025 protocol gives up the scopes it has for the ones it is challenged for.
      const challenge = insufficientScopeChallenge(metadataUrl, required, era() === 'legacy' ? scopes : []);
      throw challenged(typedAnswer(denied, id), challenge);
    },
  };
}

/** Everybody is the same caller with every scope the tools need; for loopback only. One object, so they share its limits. */
export function anonymousAuth(scopes: readonly string[]): EdgeAuth {
  const principal: Principal = Object.freeze({
    issuer: 'anonymous',
    subject: 'anonymous',
    tenant: 'anonymous',
    scopes: Object.freeze([...scopes]),
  });
  return { authenticate: () => Promise.resolve(principal), authorize() {} };
}

function challenged(answer: Refused['answer'], challenge: string): Refused {
  return new Refused({ ...answer, headers: { 'WWW-Authenticate': challenge } });
}
