import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresAnswers, usePostgres } from '../test-rig/postgres-fixture.js';
import type { Database } from './database.js';

const contenders = 16;
const keys = Array.from({ length: 25 }, (_, i) => `key ${i}`);

describe.skipIf(!postgresAnswers)('fencing tokens', () => {
  const fixture = usePostgres();
  let database: Database;
  beforeAll(async () => {
    // What becomes of a row is written down under the row's own lock: in the order of its owners.
    await fixture.admin(`create table owners (place bigint generated always as identity, key text, token bigint);
      create function write_down() returns trigger language plpgsql security definer as $$ begin
        insert into public.owners (key, token) values (new.key, new.token); return null;
      end $$;
      create trigger write_down after insert or update on sallyport.idempotency
        for each row when (new.token <> 0) execute function write_down()`);
    database = await fixture.open({ max: contenders });
  });
  afterAll(() => database?.close());

  test('grow with ownership, however many want one key at once', async () => {
    // A claim that is over at once: each of them becomes the owner.
    const claim = (key: string) =>
      database.framework("select token from sallyport.claim('acme', $1, 'f', 0, 60000)", [key], 60_000);
    for (const key of keys) await Promise.all(Array.from({ length: contenders }, () => claim(key)));
    const owners = await fixture.admin(
      'select key, array_agg(token::int order by place) as tokens from owners group by 1',
    );
    expect(owners).toHaveLength(keys.length);
    for (const { key, tokens } of owners as { key: string; tokens: number[] }[]) {
      expect(tokens, key).toHaveLength(contenders);
      expect(tokens, key).toEqual([...tokens].sort((a, b) => a - b));
    }
  });
});
