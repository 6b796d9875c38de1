import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type ClientName, clientNames, type TestClient } from './support/clients.js';
import { codeOf } from './support/example-calls.js';
import { databases, type ExampleOn, exampleOn, realPostgres } from './support/example-on.js';

const inAll = 2_000;
const atOnce = 50;

/** A call that the edge turned away: the official clients throw what is HTTP 429, with its body. */
const turnedAway = /429.*RATE_LIMITED: This caller was told to wait.*Try again in \d+ seconds?\./s;

/**
 * The same call, `inAll` times or until the limit of the minute answers, never more than `atOnce` under way, over ten
 * connections of one agent: slow calls take so long that a fast machine refuses 2,000 before 60 of them had a place.
 */
async function hammer(connections: readonly TestClient[], tool: string, args: Record<string, unknown>) {
  const answers: (Answer | Error)[] = [];
  let started = 0;
  let minuteOver = false;
  const lane = async (connection: TestClient) => {
    while (started < inAll || (!minuteOver && started < 20 * inAll)) {
      started++;
      const answer = await connection.call(tool, args).catch((error: Error) => error);
      minuteOver ||= answer instanceof Error || /60 calls per minute/.test(answer.content[0]?.text ?? '');
      answers.push(answer);
    }
  };
  const lanes = Array.from({ length: atOnce }, (_, i) => lane(connections[i % connections.length] as TestClient));
  await Promise.all(lanes);
  return answers;
}

describe.each(databases)('the incident, on %s', (name) => {
  let example: ExampleOn;

  beforeAll(async () => {
    example = await exampleOn(name);
  });
  afterAll(() => example.close());

  function connect(agent: string, count: number): Promise<TestClient[]> {
    const kinds = Array.from({ length: count }, (_, i) => clientNames[i % clientNames.length] as ClientName);
    return Promise.all(kinds.map((kind) => example.connect(kind, agent)));
  }

  /** The other agent, at work until it is told to stop. */
  async function work(calm: readonly TestClient[], until: { over: boolean }): Promise<Answer[]> {
    const answers: Answer[] = [];
    while (answers.length < 20 || (!until.over && answers.length < 55)) {
      const client = calm[answers.length % calm.length] as TestClient;
      answers.push(await client.call('list_invoices', { limit: 2 }));
      if (answers.length >= 20) await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return answers;
  }

  /** The rogue agent is admitted 60 times and told to wait otherwise; the calm one succeeds every time. */
  function expectContained(all: readonly (Answer | Error)[], calm: readonly Answer[]): void {
    expect(all.length).toBeGreaterThanOrEqual(inAll);
    const rogue = all.flatMap((answer) => (answer instanceof Error ? [] : [answer]));
    for (const answer of all) if (answer instanceof Error) expect(answer.message).toMatch(turnedAway);
    expect(rogue.filter((answer) => answer.isError !== true)).toHaveLength(60);
    const refused = rogue.filter((answer) => answer.isError === true);
    expect(new Set(refused.map(codeOf))).toEqual(new Set(['RATE_LIMITED']));
    for (const { content } of refused) {
      expect(content[0]?.text).toMatch(
        /^RATE_LIMITED: (60 calls per minute|5 calls at once) reached for this agent\. Try again in \d+ seconds?\.$/,
      );
    }
    expect(refused.at(-1)?.content[0]?.text).toMatch(/60 calls per minute/);
    expect(calm.length).toBeGreaterThanOrEqual(20);
    expect(calm.filter((answer) => answer.isError === true)).toEqual([]);
  }

  test('2,000 calls of list_tables at concurrency 50: 60 are admitted, and the other agent notices nothing', async () => {
    const [rogues, calm] = [await connect('rogue', 10), await connect('calm', 3)];
    const state = { over: false };
    const [rogueAnswers, calmAnswers] = await Promise.all([
      hammer(rogues, 'list_tables', {}).finally(() => {
        state.over = true;
      }),
      work(calm, state),
    ]);
    expectContained(rogueAnswers, calmAnswers);
  }, 120_000);

  if (name === realPostgres)
    test('the database itself never sees more than 5 calls of the rogue agent at once', async () => {
      const [rogues, calm] = [await connect('rogue-2', 10), await connect('calm-2', 3)];
      const state = { over: false };
      // Looks every few milliseconds, in the database, so that nothing this process does delays it; a report takes 150.
      await example.database?.query('create table over ()');
      await example.database?.query(`create function most_at_once() returns table (most int, looks int) language plpgsql as $$
        declare seen int;
        begin
          most := 0;
          looks := 0;
          while not exists (select from over) loop
            perform pg_stat_clear_snapshot();
            select count(*) into seen from pg_stat_activity
            where datname = current_database() and application_name = 'sallyport:rogue-2/slow_report' and state <> 'idle';
            most := greatest(most, seen);
            looks := looks + 1;
            perform pg_sleep(0.003);
          end loop;
          return next;
        end $$`);
      const watched = example.database?.query<{ most: number; looks: number }>('select * from most_at_once()');
      const [rogueAnswers, calmAnswers] = await Promise.all([
        hammer(rogues, 'slow_report', { seconds: 0.15 }).finally(() => {
          state.over = true;
        }),
        work(calm, state),
      ]);
      await example.database?.query('insert into over default values');
      expectContained(rogueAnswers, calmAnswers);
      const [seen] = (await watched) ?? [];
      expect(seen?.most).toBe(5);
      // At least ten looks at every report, had they been made one after the other.
      expect(seen?.looks).toBeGreaterThan((60 / 5) * 10);
    }, 120_000);
});
