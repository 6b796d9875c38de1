import type { AuditSource, ChainRow } from './audit-source.js';
import { chainHash, chainStart } from './chain-hash.js';
import type { Checkpoint } from './checkpoint.js';

/** Something that is not as it was written. */
export interface AuditProblem {
  readonly tenant?: string;
  readonly seq?: number;
  readonly entryId?: string;
  readonly problem: string;
}

/** What a verification found. */
export interface AuditVerification {
  readonly tenants: number;
  readonly entries: number;
  readonly checkpoints: number;
  /** Empty when the trail is whole; at most a thousand are listed. */
  readonly problems: readonly AuditProblem[];
}

/** What a verification goes by, beside the trail itself. */
export interface VerifyOptions {
  /** Whether a checkpoint was signed by a key that is trusted. */
  readonly isSigned: (checkpoint: Checkpoint) => boolean;
  /** Checkpoints that were kept elsewhere: with them it is noticed when the end of a chain was cut off with its checkpoints. */
  readonly kept?: Iterable<Checkpoint> | AsyncIterable<Checkpoint>;
  /** Told now and then how many entries, or signatures, were looked at. */
  readonly progress?: (count: number, what: 'entries' | 'signatures') => void;
}

const maxProblems = 1_000;
const progressEvery = 10_000;

/**
 * Recomputes every chain and checks every checkpoint: an entry that was edited, deleted, moved, put in between or cut off
 * leaves a problem that names its place.
 */
export async function verifyAudit(
  source: AuditSource,
  { isSigned, kept = [], progress = () => {} }: VerifyOptions,
): Promise<AuditVerification> {
  const problems: AuditProblem[] = [];
  const found = (problem: AuditProblem): void => {
    if (problems.length < maxProblems) problems.push(problem);
  };
  let entries = 0;
  let checkpoints = 0;
  let signatures = 0;
  const verified = (checkpoint: Checkpoint): boolean => {
    signatures += 1;
    if (signatures % progressEvery === 0) progress(signatures, 'signatures');
    return isSigned(checkpoint);
  };
  const keptOf = await byTenant(kept);
  const tenants = new Set([...(await source.tenants()), ...keptOf.keys()]);

  for (const tenant of tenants) {
    const own = await source.checkpoints(tenant);
    checkpoints += own.length;
    const places = new Map(own.map((each) => [each.seq, each]));
    const elsewhere = keptOf.get(tenant) ?? [];
    for (const { seq } of elsewhere) {
      if (!places.has(seq)) found({ tenant, seq, problem: 'the checkpoint that was kept elsewhere is gone' });
    }
    const differing = elsewhere.filter((each) => !isSame(each, places.get(each.seq)));
    const heads = headsOf([...own, ...differing], verified, found);
    let before = chainStart;
    let seq = 0;
    for await (const row of source.chain(tenant)) {
      entries += 1;
      if (entries % progressEvery === 0) progress(entries, 'entries');
      seq += 1;
      for (; seq < row.seq; seq += 1) found({ tenant, seq, problem: 'this place of the chain is missing' });
      checkRow(tenant, row, before, found);
      before = row.hash;
      const head = heads.get(row.seq);
      heads.delete(row.seq);
      if (head !== undefined && head !== row.hash) {
        found({ tenant, seq, problem: 'the chain is not the one that was signed here' });
      }
    }
    const [last] = [...own].sort((a, b) => b.seq - a.seq);
    if (seq > (last?.seq ?? 0)) found({ tenant, seq, problem: 'the end of the chain has no checkpoint' });
    for (const missing of heads.keys()) {
      found({ tenant, seq: missing, problem: 'a checkpoint names this place, and the chain has none' });
    }
  }
  for await (const entryId of source.strays()) {
    found({ entryId, problem: 'this entry is in no chain, and does not wait for one' });
  }
  return { tenants: tenants.size, entries, checkpoints, problems };
}

async function byTenant(
  kept: Iterable<Checkpoint> | AsyncIterable<Checkpoint>,
): Promise<ReadonlyMap<string, readonly Checkpoint[]>> {
  const all = new Map<string, Checkpoint[]>();
  for await (const checkpoint of kept) {
    const own = all.get(checkpoint.tenant);
    if (own === undefined) all.set(checkpoint.tenant, [checkpoint]);
    else own.push(checkpoint);
  }
  return all;
}

/** Then the one says nothing that the other does not. */
function isSame(one: Checkpoint, other: Checkpoint | undefined): boolean {
  const { hash, at, keyId, signature } = one;
  return (
    other !== undefined &&
    hash === other.hash &&
    at === other.at &&
    keyId === other.keyId &&
    signature === other.signature
  );
}

/** The signed hashes by place. */
function headsOf(
  checkpoints: readonly Checkpoint[],
  isSigned: VerifyOptions['isSigned'],
  found: (problem: AuditProblem) => void,
): Map<number, string> {
  const heads = new Map<number, string>();
  for (const checkpoint of checkpoints) {
    const { tenant, seq, hash } = checkpoint;
    if (!isSigned(checkpoint)) {
      found({ tenant, seq, problem: 'this checkpoint was not signed by a key that is trusted' });
      continue;
    }
    if ((heads.get(seq) ?? hash) !== hash) found({ tenant, seq, problem: 'two checkpoints differ about this place' });
    heads.set(seq, hash);
  }
  return heads;
}

function checkRow(
  tenant: string,
  { seq, entryId, hash, entry }: ChainRow,
  before: string,
  found: (problem: AuditProblem) => void,
): void {
  if (entry === undefined) found({ tenant, seq, entryId, problem: 'the entry is gone' });
  else if (entry.tenant !== tenant) found({ tenant, seq, entryId, problem: 'the entry is of another tenant' });
  else if (chainHash(before, seq, { ...entry, id: entryId }) !== hash) {
    found({ tenant, seq, entryId, problem: 'the entry, or its place, is not the one that was sealed' });
  }
}
