/**
 * A tenant's chain does not end where its last checkpoint was signed, or that checkpoint is not one of ours: somebody changed the
 * chain, or its checkpoints. The sealer does not extend it, because its signature would make the change look like the truth.
 * Nothing throws it: `sealAudit` names it in its result.
 *
 * @example
 * ```ts
 * import { type Sealed, UntrustedHead } from '@sallyport/postgres';
 *
 * const tampered = ({ untrusted }: Sealed) => untrusted.map(({ tenant }: UntrustedHead) => tenant);
 * ```
 */
export class UntrustedHead extends Error {
  override readonly name = 'UntrustedHead';
  readonly tenant: string;

  constructor(tenant: string) {
    super(
      `the chain of tenant ${JSON.stringify(tenant)} does not end in a checkpoint that is trusted, and is not extended: run audit verify ` +
        'with the checkpoints that were kept elsewhere (--kept); if the key was changed, give the one before with --public-key',
    );
    this.tenant = tenant;
  }
}
