import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { calculateJwkThumbprint, importJWK, type JWK, SignJWT } from 'jose';
import { CannotRun } from '../cannot-run.js';

/** What tokens of a development issuer say beside who they are for. */
export interface TokenFacts {
  readonly issuer: string;
  readonly audience: string;
  readonly scope: string;
  readonly plan?: string | undefined;
}

/** Those of the development issuer of the Postgres example. */
export const exampleIssuer = {
  issuer: 'http://localhost/sallyport-development',
  audience: 'urn:sallyport:development',
} as const;

const algorithm = 'ES256';

/**
 * Signs tokens (RFC 9068) with the private key of a development issuer, a JWK in a file. They live for twelve hours. Throws a
 * {@link CannotRun} when the file holds no such key; what is in it is not shown.
 */
export async function tokensFrom(
  file: string,
  { issuer, audience, scope, plan }: TokenFacts,
): Promise<(tenant: string, subject: string) => Promise<string>> {
  const jwk = await readKey(file);
  const key = await importJWK(jwk, algorithm).catch(() => {
    throw new CannotRun(`${file} holds no private key for ${algorithm}`);
  });
  const { d: _secret, ...publicJwk } = jwk;
  const kid = await calculateJwkThumbprint(publicJwk);
  return (tenant, subject) =>
    new SignJWT({ scope, tenant, client_id: 'sallyport-storm', ...(plan === undefined ? {} : { plan }) })
      .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(subject)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime('12h')
      .sign(key);
}

async function readKey(file: string): Promise<JWK> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CannotRun(`${file} cannot be read: ${error.code}`);
  });
  try {
    const jwk = JSON.parse(text) as Partial<JWK> | null;
    if (typeof jwk?.d === 'string' && typeof jwk.kty === 'string') return { ...jwk, kty: jwk.kty };
  } catch {
    // Said below.
  }
  throw new CannotRun(`${file} holds no private key as a JWK`);
}
