import { calculateJwkThumbprint, EmbeddedJWK, type JWTVerifyResult, jwtVerify } from 'jose';
import { asymmetricAlgorithms } from './algorithms.js';
import { AuthError } from './auth-error.js';
import type { RequestFacts } from './authenticator.js';
import type { DpopNonces } from './dpop-nonces.js';
import { ReplayMemory } from './replay-memory.js';
import { tokenHash } from './token-hash.js';
import { assertUnambiguous } from './unambiguous.js';

/** How far the clock of a client may be off, either way (RFC 9449 section 11.1). */
const windowSeconds = 300;
const maxProofBytes = 8 * 1024;

/** Checks proofs, for the tokens of one issuer. */
export interface DpopProofs {
  /** Rejects with `proof` unless the request's proof is fresh, unused, for this request and by the key the token is bound to. */
  verify(request: RequestFacts | undefined, token: string, jkt: string): Promise<void>;
}

/**
 * Demonstrating proof of possession (RFC 9449 section 4.3): type, asymmetric algorithm, embedded public key, signature, `htm`,
 * `htu` without query and fragment, `ath`, `iat` within 5 minutes, and `jti` not seen before in this process. When more than
 * `capacity` proofs are to be remembered, further ones are refused with `unavailable`: forgetting one would let it be replayed.
 * With `nonces`, a proof must carry one; the refusal of one that does not names it.
 */
export function dpopProofs(capacity: number, now: () => number, nonces?: DpopNonces): DpopProofs {
  const used = new ReplayMemory(capacity, now);
  return {
    async verify(request, token, jkt) {
      if (request?.dpop === undefined) throw new AuthError('proof', 'no DPoP header');
      if (request.dpop.length > maxProofBytes) throw new AuthError('proof', 'DPoP header too long');
      const { payload, protectedHeader } = await signed(request.dpop, now());
      const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk ?? {});
      if (thumbprint !== jkt) throw new AuthError('proof', 'signed by another key than the token is bound to');
      const { htm, htu, ath, iat, jti, nonce } = payload;
      if (htm !== request.method) throw new AuthError('proof', 'htm');
      if (typeof htu !== 'string' || bare(htu) !== bare(request.url)) throw new AuthError('proof', 'htu');
      if (ath !== tokenHash(token)) throw new AuthError('proof', 'ath');
      if (typeof iat !== 'number' || !(Math.abs(now() / 1000 - iat) <= windowSeconds))
        throw new AuthError('proof', 'iat');
      if (typeof jti !== 'string' || jti === '' || jti.length > 256) throw new AuthError('proof', 'jti');
      if (nonces?.isGood(nonce) === false) throw new AuthError('proof', 'nonce', { dpopNonce: nonces.current() });
      switch (used.add(`${thumbprint}.${jti}`, (iat + windowSeconds + 1) * 1000)) {
        case 'seen':
          throw new AuthError('proof', 'jti was used before');
        case 'full':
          throw new AuthError('unavailable', 'too many DPoP proofs to remember');
      }
    },
  };
}

async function signed(proof: string, now: number): Promise<JWTVerifyResult> {
  try {
    assertUnambiguous(proof);
    return await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: [...asymmetricAlgorithms],
      clockTolerance: windowSeconds,
      currentDate: new Date(now),
    });
  } catch {
    // jose's errors hold the proof's claims.
    throw new AuthError('proof', 'not a DPoP proof, or not signed by its key');
  }
}

/** RFC 9449 section 4.3: compared after normalisation, without query and fragment. */
function bare(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
