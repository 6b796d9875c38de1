import { type ClientName, clients, type TestClient } from './clients.js';
import { startExample } from './example-server.js';
import { createDatabase, postgresAnswers, type TestDatabase } from './postgres-database.js';

export const realPostgres = 'a real Postgres';

/** What the example can run on here. */
export const databases: readonly string[] = [
  'the embedded database',
  ...((await postgresAnswers()) ? [realPostgres] : []),
];

/** An agent is one of the tenant `acme` unless it says otherwise. */
interface AgentOptions {
  readonly tenant?: string;
  readonly scope?: string;
  readonly plan?: string;
}

/** The example on one of the databases, and its clients. */
export interface ExampleOn {
  readonly url: string;
  /** Where it is a real one. */
  readonly database: TestDatabase | undefined;
  /** The token of that agent, the same each time. */
  token(agent: string, options?: AgentOptions): Promise<string>;
  /** A client with that token, which is closed with the example. */
  connect(client: ClientName, agent: string, options?: AgentOptions): Promise<TestClient>;
  close(): Promise<void>;
}

/** Starts the example; a real database is its own, and goes with it. */
export async function exampleOn(name: string): Promise<ExampleOn> {
  const database = name === realPostgres ? await createDatabase() : undefined;
  const server = await startExample(database?.env);
  const open: TestClient[] = [];
  const tokens = new Map<string, Promise<string>>();
  const token: ExampleOn['token'] = (agent, { tenant = 'acme', ...more } = {}) => {
    const key = JSON.stringify([tenant, agent, more]);
    const known = tokens.get(key) ?? server.token(tenant, { agent, ...more });
    tokens.set(key, known);
    return known;
  };
  return {
    url: server.url,
    database,
    token,
    async connect(client, agent, options) {
      const connected = await clients[client]({ url: server.url, token: await token(agent, options) });
      open.push(connected);
      return connected;
    },
    async close() {
      for (const client of open) await client.close();
      await server.stop();
      await database?.drop();
    },
  };
}
