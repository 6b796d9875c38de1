import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { setUpPostgres } from '@sallyport/postgres';
import pg from 'pg';
import { agent, type Seen } from './agent.js';
import { catalogSql } from './list-tables-sql.js';

const help = `The incident again: one agent calls list_tables in a loop at fifty times its usual load, while another works as always, on a
Postgres with few connections. Side by side: a server that opens a client for each request, and the same tool behind Sallyport.
Takes three minutes, and prints a table in Markdown. Ends with 1 when the calm agent was refused beside Sallyport's rogue, or its
99th percentile became more than 1.2 times as long: on a machine that does nothing else.

  npx pnpm@12 incident

  --help   this text

TEST_POSTGRES_URL   a superuser of a server that databases may be made on, by default postgres://postgres@127.0.0.1:5432/postgres
`;

const asksForHelp = (() => {
  try {
    return parseArgs({ options: { help: { type: 'boolean', default: false } } }).values.help;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${help}`);
    process.exit(2);
  }
})();
if (asksForHelp) {
  process.stdout.write(help);
  process.exit(0);
}

const adminUrl = process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const calmPerSecond = 8;
const rogueFactor = 50;
const phaseMs = 30_000;
const connectionLimit = 15;

interface Outcome {
  readonly alone: Seen;
  readonly beside: Seen;
  readonly rogue: Seen;
}

async function admin(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

async function start(script: string, databaseUrl: string): Promise<{ child: ChildProcess; words: string[] }> {
  const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL(script, import.meta.url))], {
    env: { ...process.env, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const words = await new Promise<string[]>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('ready ')) resolve(line.split(' ').slice(1));
    });
    child.once('exit', () => reject(new Error(`${script} ended before it was ready`)));
  });
  return { child, words };
}

async function incident(script: string, databaseUrl: string): Promise<Outcome> {
  const { child, words } = await start(script, databaseUrl);
  const [url = '', calm, rogue] = words;
  try {
    await agent({ url, token: calm }, calmPerSecond, 3_000, 5);
    const alone = await agent({ url, token: calm }, calmPerSecond, phaseMs, 5);
    const [beside, rogueSaw] = await Promise.all([
      agent({ url, token: calm }, calmPerSecond, phaseMs, 5),
      rogueAgent(url, rogue),
    ]);
    return { alone, beside, rogue: rogueSaw };
  } finally {
    child.kill('SIGKILL');
  }
}

async function rogueAgent(url: string, token = ''): Promise<Seen> {
  const args = [url, token, calmPerSecond * rogueFactor, phaseMs, 200].map(String);
  const script = fileURLToPath(new URL('./rogue.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script, ...args]);
  const { latencies, refusals } = JSON.parse(stdout) as { latencies: number[]; refusals: [string, number][] };
  return { latencies, refusals: new Map(refusals) };
}

const at = ({ latencies }: Seen, share: number): number =>
  latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN;
const count = ({ refusals }: Seen): string =>
  refusals.size === 0 ? 'none' : [...refusals].map(([why, n]) => `${n} × ${why}`).join(', ');

const name = `sallyport_incident_${randomBytes(4).toString('hex')}`;
const own = new URL(adminUrl);
own.pathname = `/${name}`;
const app = new URL(own);
app.username = 'sallyport_app';
app.password = 'sallyport-tests';
await admin(adminUrl, `CREATE DATABASE ${name} CONNECTION LIMIT ${connectionLimit}`);
try {
  await admin(own.href, catalogSql);
  await admin(own.href, 'CREATE TABLE customers (id int PRIMARY KEY, tenant_id text NOT NULL)');
  await setUpPostgres(own.href, { tables: [{ name: 'customers' }], passwords: { app: 'sallyport-tests' } });
  const naive = await incident('./naive-server.ts', app.href);
  const sallyport = await incident('./sallyport-server.ts', app.href);
  const row = (what: string, of: (outcome: Outcome) => string): string =>
    `| ${what} | ${of(naive)} | ${of(sallyport)} |`;
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  process.stdout.write(
    `${[
      `A database of ${connectionLimit} connections; one agent at ${calmPerSecond} calls a second, another at ${calmPerSecond * rogueFactor}, for ${phaseMs / 1_000} s.`,
      '',
      '| | a client for each request | Sallyport, a pool of 10 |',
      '| --- | --- | --- |',
      row('the calm agent alone: p50', ({ alone }) => ms(at(alone, 0.5))),
      row('the calm agent alone: p99', ({ alone }) => ms(at(alone, 0.99))),
      row('beside the rogue: p50', ({ beside }) => ms(at(beside, 0.5))),
      row('beside the rogue: p99', ({ beside }) => ms(at(beside, 0.99))),
      row(
        'p99 beside the rogue to p99 alone',
        ({ alone, beside }) => `${(at(beside, 0.99) / at(alone, 0.99)).toFixed(2)}×`,
      ),
      row('calls of the calm agent that were answered', ({ beside }) => String(beside.latencies.length)),
      row('calls of the calm agent that were refused', ({ beside }) => count(beside)),
      row('calls of the rogue that were answered', ({ rogue }) => String(rogue.latencies.length)),
      row('calls of the rogue that were refused', ({ rogue }) => count(rogue)),
    ].join('\n')}\n`,
  );
  const { alone, beside } = sallyport;
  const isContained = beside.refusals.size === 0 && at(beside, 0.99) <= 1.2 * at(alone, 0.99);
  if (!isContained) process.exitCode = 1;
} finally {
  await admin(adminUrl, `DROP DATABASE ${name} WITH (FORCE)`);
}
