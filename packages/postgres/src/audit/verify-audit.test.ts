import fc from 'fast-check';
import { expect, test } from 'vitest';
import { signingKeys } from '../../test-rig/signing-keys.js';
import { type TrailTables, tamperings } from '../../test-rig/tamperings.js';
import type { AuditSource, ChainRow } from './audit-source.js';
import { chainHash, chainStart } from './chain-hash.js';
import { type Checkpoint, checkpointSigner, checkpointVerifier } from './checkpoint.js';
import { verifyAudit } from './verify-audit.js';

const trusted = signingKeys();
const signer = checkpointSigner(trusted.privatePem);
const isSigned = checkpointVerifier([trusted.publicPem]);

function sealed(): TrailTables {
  const tables: TrailTables = { entries: [], chain: [], checkpoints: [] };
  for (const tenant of ['acme', 'globex']) {
    let hash = chainStart;
    for (let seq = 1; seq <= 6; seq += 1) {
      const id = String(tables.entries.length + 1);
      const at = `2026-01-0${seq}T00:00:00.000000Z`;
      const stored = { id, tenant, at, entry: JSON.stringify({ tool: 'pay', cents: seq }) };
      hash = chainHash(hash, seq, stored);
      tables.entries.push(stored);
      tables.chain.push({ tenant, seq, entryId: id, hash });
      if (seq % 3 === 0) tables.checkpoints.push(signer({ tenant, seq, hash, at }));
    }
  }
  return tables;
}

function sourceOf({ entries, chain, checkpoints }: TrailTables): AuditSource {
  const places = (tenant: string): ChainRow[] =>
    chain
      .filter((row) => row.tenant === tenant)
      .sort((a, b) => a.seq - b.seq)
      .map(({ seq, entryId, hash }) => ({ seq, entryId, hash, entry: entries.find(({ id }) => id === entryId) }));
  return {
    tenants: async () => [...new Set([...chain, ...checkpoints].map(({ tenant }) => tenant))],
    async *chain(tenant) {
      yield* places(tenant);
    },
    checkpoints: async (tenant) => checkpoints.filter((each) => each.tenant === tenant),
    async *strays() {
      yield* entries.filter(({ id }) => !chain.some(({ entryId }) => entryId === id)).map(({ id }) => id);
    },
  };
}

const kept = sealed().checkpoints;
const verify = (
  tables: TrailTables,
  options: { kept?: readonly Checkpoint[]; signed?: (c: Checkpoint) => boolean } = {},
) => verifyAudit(sourceOf(tables), { isSigned: options.signed ?? isSigned, kept: options.kept ?? kept });

test('a trail that nobody touched is whole', async () => {
  expect(await verify(sealed())).toEqual({ tenants: 2, entries: 12, checkpoints: 4, problems: [] });
});

test('of what was kept elsewhere only what the trail does not hold itself has its signature verified', async () => {
  const verified: number[] = [];
  const signed = (checkpoint: Checkpoint) => {
    verified.push(checkpoint.seq);
    return isSigned(checkpoint);
  };
  expect((await verify(sealed(), { signed })).problems).toEqual([]);
  expect(verified).toHaveLength(kept.length);
  const forged = kept.map((each, i) => (i === 0 ? { ...each, signature: `${each.signature.slice(0, -4)}AAA=` } : each));
  expect((await verify(sealed(), { signed, kept: forged })).problems).toMatchObject([
    { seq: kept[0]?.seq, problem: 'this checkpoint was not signed by a key that is trusted' },
  ]);
});

const numbers = fc.nat({ max: 1_000_000 });
const tampering = fc.tuple(fc.constantFrom(...Object.keys(tamperings)), numbers, numbers, fc.string());

test('of 10,000 random tamperings every one is found', { timeout: 300_000 }, async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(tampering, async ([name, i, j, text]) => {
      const tables = sealed();
      tamperings[name]?.(tables, i, j, JSON.stringify(text).slice(1, -1));
      const { problems } = await verify(tables);
      seen.set(name, (seen.get(name) ?? 0) + 1);
      expect(problems, `${name} ${i} ${j}`).not.toEqual([]);
    }),
    { numRuns: 10_000 },
  );
  expect(seen.size).toBe(Object.keys(tamperings).length);
});

test.each([
  ['does not look at signatures', { signed: () => true }, 'everything is made anew and signed with another key'],
  ['keeps no checkpoints elsewhere', { kept: [] }, 'the end of a chain is cut off, entries and checkpoints included'],
] as const)('a verification that %s misses what it is for', async (_what, options, name) => {
  const tables = sealed();
  tamperings[name]?.(tables, 0, 3, 'x');
  expect((await verify(tables)).problems).not.toEqual([]);
  expect((await verify(tables, { kept: [], ...options })).problems).toEqual([]);
});
