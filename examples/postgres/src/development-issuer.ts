import { randomUUID } from 'node:crypto';
import { chmod, link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';

/**
 * Fixed, so that one token works on any port and for every instance started from the same folder. Nothing outside this
 * machine can hold the key.
 */
const issuer = 'http://localhost/sallyport-development';
const audience = 'urn:sallyport:development';
const algorithm = 'ES256';

/** Who a development token is for. */
interface DevelopmentClaims {
  readonly tenant: string;
  readonly agent: string;
  /** Separated by spaces, as in the `scope` claim. */
  readonly scope: string;
  readonly plan?: string;
}

/** An issuer for one machine: the key is a file that only its owner can read. Never use it for a server others reach. */
export interface DevelopmentIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithm: string;
  readonly jwks: { readonly keys: JWK[] };
  /** An access token (RFC 9068) that lives for twelve hours. */
  mint(claims: DevelopmentClaims): Promise<string>;
}

/** Opens the issuer whose key is in `folder`, making the key when there is none. */
export async function openDevelopmentIssuer(folder = join(process.cwd(), '.sallyport')): Promise<DevelopmentIssuer> {
  const jwk = await readOrMakeKey(folder);
  const privateKey = await importJWK(jwk, algorithm);
  const { d: _secret, ...publicJwk } = jwk;
  const kid = await calculateJwkThumbprint(publicJwk);
  return {
    issuer,
    audience,
    algorithm,
    jwks: { keys: [{ ...publicJwk, kid, alg: algorithm, use: 'sig' }] },
    mint: ({ tenant, agent, scope, plan }) =>
      new SignJWT({ scope, tenant, client_id: 'development', ...(plan === undefined ? {} : { plan }) })
        .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(agent)
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime('12h')
        .sign(privateKey),
  };
}

/** Two instances that start at once end up with one key: the file appears complete or not at all, and the first wins. */
async function readOrMakeKey(folder: string): Promise<JWK> {
  const file = join(folder, 'development-key.json');
  try {
    await chmod(file, 0o600);
    return parseKey(file, await readFile(file, 'utf8'));
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, '.gitignore'), '*\n');
  const draft = join(folder, `${randomUUID()}.tmp`);
  await writeFile(draft, JSON.stringify(await exportJWK(privateKey)), { mode: 0o600 });
  try {
    await link(draft, file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
  return JSON.parse(await readFile(file, 'utf8')) as JWK;
}

/** What is wrong with the file is not shown: the error would hold a part of the key. */
function parseKey(file: string, text: string): JWK {
  try {
    const jwk = JSON.parse(text) as JWK;
    if (typeof jwk.d === 'string') return jwk;
  } catch {
    // Said below.
  }
  throw new TypeError(`${file} is not a development key: delete it, and the next start makes another`);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
