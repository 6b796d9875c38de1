/** Signatures that a resource server can check without a secret (RFC 7518, RFC 8037). */
export const asymmetricAlgorithms: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Throws unless the list is not empty and holds asymmetric algorithms only: neither `none` nor a shared secret. */
export function assertAsymmetric(algorithms: readonly string[]): void {
  if (algorithms.length === 0) throw new TypeError('algorithms must name at least one algorithm');
  for (const algorithm of algorithms) {
    if (!asymmetricAlgorithms.includes(algorithm)) throw new TypeError(`algorithms must not contain ${algorithm}`);
  }
}
