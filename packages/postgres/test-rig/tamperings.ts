import { chainHash, chainStart, type StoredEntry } from '../src/audit/chain-hash.js';
import { type Checkpoint, checkpointSigner } from '../src/audit/checkpoint.js';
import { signingKeys } from './signing-keys.js';

/** The tables of the trail, as somebody with every right to the database can change them. */
export interface TrailTables {
  entries: StoredEntry[];
  chain: { tenant: string; seq: number; entryId: string; hash: string }[];
  checkpoints: Checkpoint[];
}

/** A change by somebody with every right, which must be found. `i`, `j` and `text` choose where and to what. */
type Tampering = (tables: TrailTables, i: number, j: number, text: string) => void;

const forger = checkpointSigner(signingKeys().privatePem);

/** Recomputes a chain from its entries, as a careful forger would. */
function rehash({ chain, entries }: TrailTables, tenant: string): void {
  let before = chainStart;
  for (const row of chain.filter((each) => each.tenant === tenant).sort((a, b) => a.seq - b.seq)) {
    const entry = entries.find(({ id }) => id === row.entryId);
    if (entry !== undefined) row.hash = chainHash(before, row.seq, entry);
    before = row.hash;
  }
}

const pick = <T>(items: readonly T[], i: number): T => items[i % items.length] as T;

/**
 * By what they do, on a trail of two tenants with six entries each, and a checkpoint after every third. None has the id 99. Texts
 * are the inside of a JSON string.
 */
export const tamperings: Readonly<Record<string, Tampering>> = {
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
