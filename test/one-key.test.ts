import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, clientNames } from './support/clients.js';
import { codeOf } from './support/example-calls.js';
import { databases, type ExampleOn, exampleOn } from './support/example-on.js';
import { send } from './support/raw-http.js';

const replayedKey = 'dev.sallyport/replayed';

/** An answer without the mark of a replay. */
function unmarked({ _meta: { [replayedKey]: _mark, ...meta } = {}, ...answer }: Answer): string {
  return JSON.stringify({ ...answer, ...(Object.keys(meta).length === 0 ? {} : { _meta: meta }) });
}

describe.each(databases)('one idempotency key, on %s', (name) => {
  let example: ExampleOn;

  beforeAll(async () => {
    example = await exampleOn(name);
  });
  afterAll(() => example.close());

  /** A client of one agent, and a count of the rows by another, so that limits are not shared. */
  async function payer(client: (typeof clientNames)[number], agent: string) {
    const connected = await example.connect(client, agent);
    const auditor = await example.connect('1.x client', `a-${agent}`);
    const rows = async (memo: string): Promise<unknown> => {
      const sql = `select id::int from invoices where memo = '${memo}' order by id`;
      const { structuredContent } = await auditor.call('run_query', { sql });
      return (structuredContent as { rows: unknown }).rows;
    };
    return { token: await example.token(agent), connected, rows };
  }

  test.each(clientNames)(
    '50 calls at once with one key, %s: one runs; the others replay it, or are told to wait',
    async (client) => {
      const memo = `once for the ${client}`;
      const { connected, rows } = await payer(client, `payer-${clientNames.indexOf(client)}`);
      const args = { customer_id: 1, amount_cents: 777, currency: 'EUR', memo, idempotency_key: 'once' };
      const answers = await Promise.all(Array.from({ length: 50 }, () => connected.call('create_invoice', args)));

      const done = answers.filter((answer) => answer.isError !== true);
      const first = done.filter((answer) => answer._meta?.[replayedKey] !== true);
      expect(first).toHaveLength(1);
      const [created] = first as [Answer];
      for (const replay of done) expect(unmarked(replay)).toBe(unmarked(created));
      for (const refused of answers.filter((answer) => answer.isError === true)) {
        expect(refused.content[0]?.text).toMatch(
          /^(RATE_LIMITED: 5 calls at once reached for this agent\.|IDEMPOTENCY_IN_PROGRESS: )/,
        );
      }
      const { id } = created.structuredContent as { id: number };
      expect(await rows(memo)).toEqual([[id]]);

      // After the storm: every repeat is the first answer again, and says so. With it and what follows at most 59 calls: all may
      // have been admitted, and the limit is 60 a minute.
      for (let repeat = 0; repeat < 5; repeat++) {
        const again = await connected.call('create_invoice', args);
        expect(again._meta?.[replayedKey]).toBe(true);
        expect(unmarked(again)).toBe(unmarked(created));
      }
      for (const other of [{ amount_cents: 778 }, { currency: 'USD' }, { memo: 'other' }, { customer_id: 3 }]) {
        const conflict = await connected.call('create_invoice', { ...args, ...other });
        expect(codeOf(conflict)).toBe('IDEMPOTENCY_CONFLICT');
        // The id of the error is random and may hold any digits.
        const withoutId = JSON.stringify(conflict).replace(/"errorId":"[0-9a-f-]{36}"/, '');
        expect(withoutId).not.toMatch(new RegExp(`777|${id}`));
      }
      expect(await rows(memo)).toEqual([[id]]);
    },
  );

  test('a repeat is the same on the wire, byte for byte', async () => {
    const { token, rows } = await payer('1.x client', 'wire');
    const memo = 'seen on the wire';
    const params = {
      name: 'create_invoice',
      arguments: { customer_id: 1, amount_cents: 9, currency: 'EUR', memo },
      _meta: { 'dev.sallyport/idempotencyKey': 'wire' },
    };
    const call = () =>
      send(example.url, {
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2025-11-25',
          authorization: `Bearer ${token}`,
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
      });
    const first = await call();
    const repeats = new Set<string>();
    for (let repeat = 0; repeat < 10; repeat++) repeats.add((await call()).text);
    expect(repeats.size).toBe(1);
    const [replay = ''] = repeats;
    expect(replay).toContain(`"${replayedKey}":true`);
    expect(unmarked(resultOf(replay))).toBe(unmarked(resultOf(first.text)));
    expect(await rows(memo)).toHaveLength(1);
  });

  test('a key of one agent says nothing to another, nor to another tenant', async () => {
    const args = { amount_cents: 5, currency: 'EUR', memo: 'own', idempotency_key: 'shared' };
    const ids = new Set<unknown>();
    for (const [tenant, agent, customer_id] of [
      ['acme', 'one', 1],
      ['acme', 'two', 1],
      ['globex', 'one', 2],
    ] as const) {
      const client = await example.connect('2.x client, 2026-07-28', agent, { tenant });
      const answer = await client.call('create_invoice', { ...args, customer_id });
      expect(answer._meta?.[replayedKey]).toBeUndefined();
      ids.add((answer.structuredContent as { id: number }).id);
    }
    expect(ids.size).toBe(3);
  });

  test('two keys that differ, in _meta and as argument, are refused', async () => {
    const { connected } = await payer('2.x client, 2025-era', 'two-keys');
    const args = { customer_id: 1, amount_cents: 5, currency: 'EUR', idempotency_key: 'a' };
    const answer = await connected.call('create_invoice', args, { 'dev.sallyport/idempotencyKey': 'b' });
    expect(codeOf(answer)).toBe('INVALID_INPUT');
  });
});

/** The result in a response that came as JSON or as the event of a stream. */
function resultOf(text: string): Answer {
  const json = /^data: (\{.*\})$/m.exec(text)?.[1] ?? text;
  return (JSON.parse(json) as { result: Answer }).result;
}
