import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { canonicalJson } from '@sallyport/core';

/** The head of a tenant's chain at one time, signed. */
export interface Checkpoint {
  readonly tenant: string;
  readonly seq: number;
  readonly hash: string;
  readonly at: string;
  /** Which key signed it: the first half of SHA-256 over the public key, as SPKI. */
  readonly keyId: string;
  /** Ed25519 over the canonical JSON of the rest, in base64. */
  readonly signature: string;
}

/** Signs checkpoints. */
export type CheckpointSigner = (head: Omit<Checkpoint, 'keyId' | 'signature'>) => Checkpoint;

/**
 * A signer with an Ed25519 private key in PEM (PKCS #8). Throws a `TypeError` for any other key.
 *
 * @example
 * ```ts
 * import { generateKeyPairSync } from 'node:crypto';
 * import { checkpointSigner } from '@sallyport/postgres';
 *
 * const { privateKey } = generateKeyPairSync('ed25519');
 * const signer = checkpointSigner(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
 * ```
 */
export function checkpointSigner(privateKeyPem: string): CheckpointSigner {
  const key = ed25519Key(privateKeyPem, createPrivateKey);
  const keyId = keyIdOf(createPublicKey(key));
  return (head) => {
    const signed = { ...head, keyId };
    return { ...signed, signature: sign(null, Buffer.from(canonicalJson(signed)), key).toString('base64') };
  };
}

/**
 * Says of a checkpoint whether one of the keys, public Ed25519 keys in PEM, signed exactly that. Throws a `TypeError` for any other.
 *
 * @example
 * ```ts
 * import { type Checkpoint, checkpointVerifier } from '@sallyport/postgres';
 *
 * const isOurs = (checkpoint: Checkpoint, publicKeyPem: string) => checkpointVerifier([publicKeyPem])(checkpoint);
 * ```
 */
export function checkpointVerifier(publicKeyPems: readonly string[]): (checkpoint: Checkpoint) => boolean {
  const keys = new Map(
    publicKeyPems.map((pem) => {
      // Node takes a private key for its public half.
      if (pem.includes('PRIVATE KEY')) throw new TypeError('the key is a private one, and must be public');
      const key = ed25519Key(pem, createPublicKey);
      return [keyIdOf(key), key];
    }),
  );
  return ({ signature, tenant, seq, hash, at, keyId }) => {
    const key = keys.get(keyId);
    const text = Buffer.from(canonicalJson({ tenant, seq, hash, at, keyId }));
    return key !== undefined && verify(null, text, key, Buffer.from(signature, 'base64'));
  };
}

function keyIdOf(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 32);
}

function ed25519Key(pem: string, read: (pem: string) => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read(pem);
  } catch {
    throw new TypeError('the key cannot be read: it must be an ed25519 key in PEM');
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new TypeError(`the key is ${key.asymmetricKeyType}, and must be ed25519`);
  }
  return key;
}
