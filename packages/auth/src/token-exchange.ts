import { type Principal, ToolError } from '@sallyport/core';
import { assertOptions, option } from '@sallyport/core/adapter';
import type { Authenticator } from './authenticator.js';
import { basicAuth, type ClientAuth } from './client-auth.js';
import { credentials } from './credentials.js';
import { fetchJson } from './fetch-json.js';
import { secureUrl } from './secure-url.js';

/** Where tokens are exchanged, and as whom. */
export interface TokenExchangeOptions extends ClientAuth {
  /** The issuer's token endpoint. HTTPS, or loopback. */
  readonly tokenEndpoint: string | URL;
}

/** The upstream a token is wanted for. At least one of `resource` and `audience`: a token for anything is a token for too much. */
export interface ExchangeTarget {
  /** RFC 8707. */
  readonly resource?: string;
  readonly audience?: string;
  readonly scopes?: readonly string[];
}

/** A token for the upstream, on behalf of the caller. */
export interface ExchangedToken {
  readonly accessToken: string;
  readonly tokenType: string;
  readonly expiresInSeconds?: number;
}

/** Exchanges the tokens of callers that it has seen authenticate. */
export interface TokenExchange {
  /** The same authenticator, whose callers can be exchanged for. */
  watch<A extends Authenticator>(authenticator: A): A;
  /**
   * Gets a token for the upstream on behalf of the caller. Throws `DEPENDENCY_UNAVAILABLE` when the issuer does not give one
   * and `UNAUTHENTICATED` for a principal that came another way.
   */
  exchange(principal: Principal, target: ExchangeTarget): Promise<ExchangedToken>;
}

const accessToken = 'urn:ietf:params:oauth:token-type:access_token';

/**
 * Calls upstreams on behalf of the caller by token exchange (RFC 8693), never by passing its token on. The caller's token stays
 * in here, as long as its principal lives: handlers have the principal, and with it get tokens for others, not the token itself.
 *
 * @example
 * ```ts
 * import { jwtAuthenticator, tokenExchange } from '@sallyport/auth';
 *
 * const issuer = 'https://login.example.com';
 * const upstream = tokenExchange({
 *   tokenEndpoint: `${issuer}/token`,
 *   clientId: 'mcp-server',
 *   clientSecret: process.env.CLIENT_SECRET ?? '',
 * });
 * const auth = upstream.watch(
 *   jwtAuthenticator({ issuer, audience: 'https://mcp.example.com/mcp', jwksUrl: `${issuer}/jwks` }),
 * );
 * // In a handler: await upstream.exchange(call.principal, { resource: 'https://billing.example.com' })
 * ```
 */
export function tokenExchange(options: TokenExchangeOptions): TokenExchange {
  assertOptions('tokenExchange', options, checks, Object.keys(checks));
  const address = secureUrl(options.tokenEndpoint, 'tokenEndpoint');
  const authorization = basicAuth(options);
  const tokens = new WeakMap<Principal, string>();
  return {
    watch: (authenticator) => ({
      ...authenticator,
      async authenticate(header, request) {
        const principal = await authenticator.authenticate(header, request);
        tokens.set(principal, credentials(header, true).token);
        return principal;
      },
    }),
    async exchange(principal, { resource, audience, scopes }) {
      if (resource === undefined && audience === undefined) throw new TypeError('name a resource or an audience');
      const subjectToken = tokens.get(principal);
      if (subjectToken === undefined) throw new ToolError('UNAUTHENTICATED', 'There is no token of this caller here.');
      const body = new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: subjectToken,
        subject_token_type: accessToken,
        requested_token_type: accessToken,
        ...(resource === undefined ? {} : { resource }),
        ...(audience === undefined ? {} : { audience }),
        ...(scopes === undefined ? {} : { scope: scopes.join(' ') }),
      });
      const headers = { Authorization: authorization, Accept: 'application/json' };
      try {
        return exchanged(await fetchJson(address, { method: 'POST', headers, body }));
      } catch (error) {
        throw new ToolError('DEPENDENCY_UNAVAILABLE', 'The issuer gave no token for the service behind this tool.', {
          cause: error,
        });
      }
    },
  };
}

const checks = {
  tokenEndpoint: option.passing((url) => secureUrl(url as URL, 'it')),
  clientId: option.text,
  clientSecret: option.text,
};

/** RFC 8693 section 2.2.1. */
function exchanged(answer: Readonly<Record<string, unknown>>): ExchangedToken {
  const { access_token: token, token_type: tokenType, expires_in: expiresIn } = answer;
  if (typeof token !== 'string' || token === '' || typeof tokenType !== 'string')
    throw new Error('no token in the answer');
  return { accessToken: token, tokenType, ...(typeof expiresIn === 'number' ? { expiresInSeconds: expiresIn } : {}) };
}
