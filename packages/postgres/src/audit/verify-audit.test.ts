import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AuditSource, ChainRow } from './audit-source.js';
import { chainHash, chainStart, type StoredEntry } from './chain-hash.js';
import { type Checkpoint, checkpointSigner, checkpointVerifier } from './checkpoint.js';
import { verifyAudit } from './verify-audit.js';

const pemOf = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
};
const trusted = pemOf();
const signer = checkpointSigner(trusted.privatePem);
const isSigned = checkpointVerifier([trusted.publicPem]);
const forger = checkpointSigner(pemOf().privatePem);

/** The tables, as somebody with every right to the database can change them. */
interface Tables {
  entries: (StoredEntry & { sealed: boolean })[];
  chain: { tenant: string; seq: number; entryId: string; hash: string }[];
  checkpoints: Checkpoint[];
}

function sealed(): Tables {
  const tables: Tables = { entries: [], chain: [], checkpoints: [] };
  for (const tenant of ['acme', 'globex']) {
    let hash = chainStart;
    for (let seq = 1; seq <= 6; seq += 1) {
      const id = String(tables.entries.length + 1);
      const at = `2026-01-0${seq}T00:00:00.000000Z`;
      const stored = { id, tenant, at, entry: JSON.stringify({ tool: 'pay', cents: seq }) };
      hash = chainHash(hash, seq, stored);
      tables.entries.push({ ...stored, sealed: true });
      tables.chain.push({ tenant, seq, entryId: id, hash });
      if (seq % 3 === 0) tables.checkpoints.push(signer({ tenant, seq, hash, at }));
    }
  }
  return tables;
}

function sourceOf({ entries, chain, checkpoints }: Tables): AuditSource {
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
const verify = (tables: Tables, options: { kept?: readonly Checkpoint[]; signed?: (c: Checkpoint) => boolean } = {}) =>
  verifyAudit(sourceOf(tables), { isSigned: options.signed ?? isSigned, kept: options.kept ?? kept });

/** Recomputes a chain from its entries, as a careful forger would. */
function rehash({ chain, entries }: Tables, tenant: string): void {
  let before = chainStart;
  for (const row of chain.filter((each) => each.tenant === tenant).sort((a, b) => a.seq - b.seq)) {
    const entry = entries.find(({ id }) => id === row.entryId);
    if (entry !== undefined) row.hash = chainHash(before, row.seq, entry);
    before = row.hash;
  }
}

type Tampering = (tables: Tables, i: number, j: number, text: string) => void;
const pick = <T>(items: readonly T[], i: number): T => items[i % items.length] as T;

const tamperings: Readonly<Record<string, Tampering>> = {
  'an entry is edited': ({ entries }, i, _j, text) => Object.assign(pick(entries, i), { entry: `{"tool":"${text}"}` }),
  'an entry is edited and its chain hashed anew': (tables, i, _j, text) => {
    const entry = pick(tables.entries, i);
    Object.assign(entry, { entry: `{"tool":"${text}"}` });
    rehash(tables, entry.tenant);
  },
  'a time is edited': ({ entries }, i, j) =>
    Object.assign(pick(entries, i), { at: `2025-01-01T00:00:00.${100_000 + j}Z` }),
  'an entry is given to another tenant': ({ entries }, i) => {
    const entry = pick(entries, i);
    Object.assign(entry, { tenant: entry.tenant === 'acme' ? 'globex' : 'acme' });
  },
  'an entry is deleted': ({ entries }, i) => entries.splice(i % entries.length, 1),
  'an entry is deleted with its place': ({ entries, chain }, i) => {
    const [gone] = entries.splice(i % entries.length, 1);
    chain.splice(
      chain.findIndex(({ entryId }) => entryId === gone?.id),
      1,
    );
  },
  'an entry is deleted with its place, the rest moved up and hashed anew': (tables, i) => {
    const [gone] = tables.entries.splice(i % tables.entries.length, 1);
    const at = tables.chain.findIndex(({ entryId }) => entryId === gone?.id);
    const [row] = tables.chain.splice(at, 1);
    for (const each of tables.chain) if (each.tenant === row?.tenant && each.seq > row.seq) each.seq -= 1;
    rehash(tables, row?.tenant ?? '');
  },
  'two entries change places': ({ chain }, i, j) => {
    const a = pick(chain, i);
    const others = chain.filter((row) => row !== a);
    const b = pick(others, j);
    [a.entryId, b.entryId] = [b.entryId, a.entryId];
  },
  'two entries of a chain change places and it is hashed anew': (tables, i, j) => {
    const a = pick(tables.chain, i);
    const others = tables.chain.filter((row) => row !== a && row.tenant === a.tenant);
    const b = pick(others, j);
    [a.entryId, b.entryId] = [b.entryId, a.entryId];
    rehash(tables, a.tenant);
  },
  'an entry is put between': (tables, i, _j, text) => {
    const { tenant, seq } = pick(tables.chain, i);
    for (const row of tables.chain) if (row.tenant === tenant && row.seq >= seq) row.seq += 1;
    tables.entries.push({
      id: '99',
      tenant,
      at: '2026-01-01T00:00:00.000000Z',
      entry: `{"tool":"${text}"}`,
      sealed: true,
    });
    tables.chain.push({ tenant, seq, entryId: '99', hash: '' });
    rehash(tables, tenant);
  },
  'an entry is added and never sealed': ({ entries }, _i, _j, text) =>
    entries.push({
      id: '99',
      tenant: 'acme',
      at: '2026-01-01T00:00:00.000000Z',
      entry: `{"tool":"${text}"}`,
      sealed: false,
    }),
  'the end of a chain is cut off': ({ chain }, i, j) => {
    const { tenant } = pick(chain, i);
    const from = (j % 6) + 1;
    chain.splice(0, chain.length, ...chain.filter((row) => row.tenant !== tenant || row.seq < from));
  },
  'the end of a chain is cut off, entries and checkpoints included': (tables, i, j) => {
    const { tenant } = pick(tables.chain, i);
    const from = (j % 6) + 1;
    const gone = tables.chain.filter((row) => row.tenant === tenant && row.seq >= from);
    tables.chain = tables.chain.filter((row) => !gone.includes(row));
    tables.entries = tables.entries.filter(({ id }) => !gone.some(({ entryId }) => entryId === id));
    tables.checkpoints = tables.checkpoints.filter((each) => each.tenant !== tenant || each.seq < from);
  },
  'a hash is edited': ({ chain }, i, j) => Object.assign(pick(chain, i), { hash: String(j).padStart(64, 'f') }),
  'a checkpoint is edited': ({ checkpoints }, i, j) => {
    const at = i % checkpoints.length;
    const edits = [
      { hash: String(j).padStart(64, 'e') },
      { seq: 4 },
      { at: 'never' },
      { tenant: 'initech' },
      { keyId: 'x' },
    ];
    checkpoints[at] = { ...pick(checkpoints, i), ...pick(edits, j) };
  },
  'a checkpoint is deleted': ({ checkpoints }, i) => checkpoints.splice(i % checkpoints.length, 1),
  'everything is made anew and signed with another key': (tables, i, _j, text) => {
    const entry = pick(tables.entries, i);
    Object.assign(entry, { entry: `{"tool":"${text}"}` });
    rehash(tables, entry.tenant);
    tables.checkpoints = tables.checkpoints.map((each) => {
      const head = tables.chain.find(({ tenant, seq }) => tenant === each.tenant && seq === each.seq);
      return forger({ tenant: each.tenant, seq: each.seq, at: each.at, hash: head?.hash ?? '' });
    });
  },
};

test('a trail that nobody touched is whole', async () => {
  expect(await verify(sealed())).toEqual({ tenants: 2, entries: 12, checkpoints: 4, problems: [] });
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
