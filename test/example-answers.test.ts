import { afterAll, describe, expect, test } from 'vitest';
import { type ClientName, clientNames, clients, type ListedTool, type Target } from './support/clients.js';
import { calls, codeOf, stable, toolNames } from './support/example-calls.js';
import { databases, exampleOn } from './support/example-on.js';
import { emptyFolder, stdioTarget } from './support/example-server.js';

interface Seen {
  readonly lists: readonly (readonly ListedTool[])[];
  readonly answers: readonly unknown[];
  readonly codes: readonly unknown[];
}

const cleanUps: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

/** Everything one client sees of one server. */
async function look(client: ClientName, target: Target): Promise<Seen> {
  const connected = await clients[client](target);
  try {
    const lists = [await connected.listTools(), await connected.listTools(), await connected.listTools()];
    const answers = [];
    for (const [tool, args] of calls) answers.push(await connected.call(tool, { ...args }));
    return { lists, answers: answers.map(stable), codes: answers.map(codeOf) };
  } finally {
    await connected.close();
  }
}

/** One server on a database, for all clients, each an agent of its own. */
async function overHttp(database: string): Promise<(client: ClientName) => Promise<Target>> {
  const { url, token, close } = await exampleOn(database);
  cleanUps.push(close);
  return async () => ({ url, token: await token('caller') });
}

const ways = [
  ...databases.map((database) => [`HTTP, ${database}`, () => overHttp(database)] as const),
  // Each client starts a program, and so a database, of its own.
  ['stdio', async () => async () => stdioTarget(await emptyFolder())] as const,
];

describe('every official client, over every transport', async () => {
  const seen = new Map<string, Seen>();

  test.each(ways.flatMap(([way, open]) => [[way, open] as const]))(
    'lists and calls every tool: %s',
    async (way, open) => {
      const targetOf = await open();
      for (const client of clientNames) seen.set(`${client}, ${way}`, await look(client, await targetOf(client)));
      for (const [who, { lists, codes }] of seen) {
        expect(
          lists[0]?.map((tool) => tool.name),
          who,
        ).toEqual(toolNames);
        expect(codes, who).toEqual([...Array(7), 'INVALID_INPUT', 'INVALID_INPUT', 'INVALID_INPUT']);
      }
    },
    // The 2.x client starts a program of stdio twice, and each start makes a database.
    180_000,
  );

  test('gets the same list, byte for byte, every time', () => {
    expect(seen.size).toBe(ways.length * clientNames.length);
    for (const [who, { lists }] of seen) {
      expect(new Set(lists.map((list) => JSON.stringify(list))).size, who).toBe(1);
    }
  });

  test('gets the same tools as every other: names, order, words, schemas', () => {
    const shown = [...seen].map(([, { lists }]) =>
      lists[0]?.map(({ name, title, description, inputSchema, outputSchema, annotations }) => {
        expect(outputSchema).toMatchObject({ type: 'object' });
        return { name, title, description, inputSchema, outputSchema, annotations };
      }),
    );
    for (const tools of shown) expect(tools).toEqual(shown[0]);
  });

  test('gets the same answers as every other', () => {
    const [first, ...others] = seen.values();
    expect(first?.answers).toHaveLength(calls.length);
    for (const other of others) expect(other.answers).toEqual(first?.answers);
  });
});
