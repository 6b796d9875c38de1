import type { IncomingMessage } from 'node:http';
import { AuthError, type Authenticator, insufficientScopeChallenge, unauthorizedChallenge } from '@sallyport/auth';
import {
  authorizationOf,
  denial,
  type OnRefusal,
  type Principal,
  type Refusal,
  type Tool,
  ToolError,
  type ToolFacts,
} from '@sallyport/core';
import { Refused } from './answer.js';
import type { EndpointAddress } from './endpoint-address.js';
import type { Era } from './era.js';
import type { Log } from './log.js';
import { requestFacts } from './request-facts.js';
import { loggedId, type RpcId, typedAnswer } from './rpc-error.js';
import type { ScopeOffer } from './scope-offer.js';
import { flooding, type UnauthenticatedFloods } from './unauthenticated-floods.js';

/** What the edge decides about a caller, before anything runs. */
export interface EdgeAuth {
  /** The principal. Throws 429 before anything is verified when its address floods, and rejects with what {@link refused} understands. */
  authenticate(request: IncomingMessage, address: EndpointAddress): Promise<Principal>;
  /** What to throw when that was rejected: 401, or 503 when nobody can tell. Apart, so that who is let in waits for one promise only. */
  refused(error: unknown, request: IncomingMessage, address: EndpointAddress): unknown;
  /**
   * Throws 403 when the principal lacks a scope the tool needs and can step up to it; a tool it cannot step up to is `hidden`
   * from it, and not refused here. Throws 401, or 503, when a sensitive or admin tool is named by a caller that was
   * revoked, or when nobody can tell. `era` is only asked for with a 403. `undefined` when there is nothing to wait for.
   */
  authorize(
    tool: Tool,
    principal: Principal,
    metadataUrl: string,
    era: () => Era,
    id: RpcId,
  ): Promise<void> | 'hidden' | undefined;
}

/** Who was refused what, as far as it is known. */
type Named = Pick<Refusal, 'principal' | 'tool'>;

/** Tokens, and challenges that say how to get a better one. */
export function tokenAuth(
  authenticator: Authenticator,
  offer: ScopeOffer,
  floods: UnauthenticatedFloods,
  log: Log,
  onRefusal: OnRefusal,
): EdgeAuth {
  const refusal = (error: unknown, metadataUrl: string, id: RpcId = null, named: Named = {}): unknown => {
    if (!(error instanceof AuthError)) return error;
    const { status, kind, reason, cause } = error;
    const level = status === 503 ? 'warn' : 'info';
    log({ level, event: 'unauthenticated', kind, reason, ...(cause === undefined ? {} : { cause: String(cause) }) });
    if (status === 503) return new Refused(typedAnswer(new ToolError('DEPENDENCY_UNAVAILABLE', error.message), id));
    onRefusal({ code: 'UNAUTHENTICATED', ...named });
    const challenge = unauthorizedChallenge(error, metadataUrl, offer.first, authenticator.dpopAlgorithms);
    return challenged(typedAnswer(new ToolError('UNAUTHENTICATED', error.message), id), challenge, error.dpopNonce);
  };
  const recheck = async (principal: Principal, tool: ToolFacts, metadataUrl: string, id: RpcId): Promise<void> => {
    try {
      await authenticator.recheck?.(principal);
    } catch (error) {
      throw refusal(error, metadataUrl, id, { principal, tool });
    }
  };
  return {
    authenticate(request, { url }) {
      const { authorization } = request.headers;
      const waitMs = floods.waitMs(request);
      // A token that was verified before costs nothing: its owner does not suffer for what its neighbours do.
      if (waitMs > 0 && authenticator.remembers?.(authorization) !== true) {
        onRefusal({ code: 'RATE_LIMITED' });
        throw flooding(request, waitMs);
      }
      return authenticator.authenticate(authorization, requestFacts(request, url));
    },
    refused(error, request, { metadataUrl }) {
      if (error instanceof AuthError && error.status === 401) floods.count(request);
      return refusal(error, metadataUrl);
    },
    authorize(tool, principal, metadataUrl, era, id) {
      const denied = denial(tool.facts, principal);
      if (denied === undefined) {
        if (authenticator.recheck === undefined || !isSensitive(tool)) return undefined;
        return recheck(principal, tool.facts, metadataUrl, id);
      }
      const { issuer, subject, scopes } = principal;
      const stepUp = offer.offersStepUp(tool);
      // The answer must not vary, so what a step-up is traced by is the id that the client gave its request.
      const who = { issuer, subject, requestId: loggedId(id) };
      log({ level: 'info', event: 'forbidden', code: denied.code, tool: tool.facts.name, ...who, stepUp });
      if (!stepUp) return 'hidden';
      onRefusal({ code: 'INSUFFICIENT_SCOPE', principal, tool: tool.facts });
      const required = offer.written(authorizationOf(tool.facts)?.scopes ?? []);
      // A client of the 2025 protocol gives up the scopes it has for the ones it is challenged for.
      const kept = era() === 'legacy' ? offer.written(scopes) : [];
      throw challenged(typedAnswer(denied, id), insufficientScopeChallenge(metadataUrl, required, kept));
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
  const known = Promise.resolve(principal);
  return { authenticate: () => known, refused: (error) => error, authorize: () => undefined };
}

function isSensitive(tool: Tool): boolean {
  const access = authorizationOf(tool.facts)?.access;
  return access === 'sensitive' || access === 'admin';
}

function challenged(answer: Refused['answer'], challenge: string, dpopNonce?: string): Refused {
  const nonce = dpopNonce === undefined ? {} : { 'DPoP-Nonce': dpopNonce };
  return new Refused({ ...answer, headers: { 'WWW-Authenticate': challenge, ...nonce } });
}
