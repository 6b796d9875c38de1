import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JSONWebKeySet, type JWTPayload, SignJWT } from 'jose';

/** Whom the tokens are from and for. */
export interface TokenIssuerOptions {
  /** Default `https://issuer.test`. */
  readonly issuer?: string;
  /** Default `https://server.test/mcp`. */
  readonly audience?: string;
  /** Unix milliseconds. Default the system's wall clock. */
  readonly clock?: { now(): number };
}

/** What one token says. */
export interface TokenRequest {
  /** Default `agent-1`. */
  readonly subject?: string;
  /** Default `mcp:tools:read`. */
  readonly scopes?: readonly string[];
  /** Default `acme`. */
  readonly tenant?: string;
  readonly plan?: string;
  /** From now; negative for a token that has expired. Default 300. */
  readonly expiresInSeconds?: number;
  /** Any claim, also in place of the ones above. `undefined` leaves a claim out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Any header member, also in place of `alg`, `typ` and `kid`. `undefined` leaves one out. */
  readonly header?: Readonly<Record<string, unknown>>;
}

/** An authorization server reduced to its keys: it signs what it is told to. For tests and development only. */
export interface TokenIssuer {
  readonly issuer: string;
  readonly audience: string;
  /** The public key, as `jwks_uri` would show it. */
  jwks(): JSONWebKeySet;
  /** Signs an `at+jwt` token (RFC 9068) with ES256. */
  mint(request?: TokenRequest): Promise<string>;
  /** Signs with a new key from now on. The old one stays published unless it is `dropped`. */
  rotate(old?: 'kept' | 'dropped'): Promise<void>;
  /** Serves {@link jwks} on a free loopback port. */
  serve(): Promise<ServedKeys>;
}

/** A running JWKS endpoint. */
export interface ServedKeys {
  readonly url: string;
  /** How often the keys were fetched. */
  readonly fetches: () => number;
  /** While it is true connections are cut without an answer. */
  isDown: boolean;
  close(): Promise<void>;
}

/**
 * Makes an issuer with a fresh key.
 *
 * @example
 * ```ts
 * import { tokenIssuer } from '@sallyport/testkit';
 *
 * const issuer = await tokenIssuer();
 * const token = await issuer.mint({ tenant: 'acme', scopes: ['mcp:tools:read', 'mcp:tools:write'] });
 * ```
 */
export async function tokenIssuer({
  issuer = 'https://issuer.test',
  audience = 'https://server.test/mcp',
  clock = Date,
}: TokenIssuerOptions = {}): Promise<TokenIssuer> {
  const alg = 'ES256';
  let signing = await newKey(alg);
  let published: JSONWebKeySet = { keys: [signing.jwk] };
  const jwks = () => structuredClone(published);
  return {
    issuer,
    audience,
    jwks,
    async mint({
      subject = 'agent-1',
      scopes = ['mcp:tools:read'],
      tenant = 'acme',
      plan,
      expiresInSeconds = 300,
      claims = {},
      header = {},
    } = {}) {
      const now = Math.floor(clock.now() / 1000);
      const payload: JWTPayload = {
        iss: issuer,
        aud: audience,
        sub: subject,
        client_id: 'test-client',
        scope: scopes.join(' '),
        tenant,
        plan,
        iat: now,
        exp: now + expiresInSeconds,
        jti: crypto.randomUUID(),
        ...claims,
      };
      const { kid } = signing.jwk;
      return new SignJWT(payload).setProtectedHeader({ alg, typ: 'at+jwt', kid, ...header }).sign(signing.privateKey);
    },
    async rotate(old = 'kept') {
      signing = await newKey(alg);
      published = { keys: [signing.jwk, ...(old === 'kept' ? published.keys : [])] };
    },
    serve: () => serveKeys(jwks),
  };
}

async function newKey(alg: string) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid: crypto.randomUUID(), alg, use: 'sig' } };
}

async function serveKeys(jwks: () => JSONWebKeySet): Promise<ServedKeys> {
  let fetches = 0;
  const server = createServer((request, response) => {
    fetches++;
    if (keys.isDown) request.socket.destroy();
    else response.setHeader('Content-Type', 'application/json').end(JSON.stringify(jwks()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const keys: ServedKeys = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    fetches: () => fetches,
    isDown: false,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return keys;
}
