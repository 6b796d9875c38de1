import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { errorMetaKey } from '@sallyport/core';
import {
  type AgentPlan,
  behaviours,
  callerOf,
  httpTransport,
  protocols,
  type Scenario,
  type StormReport,
  storm,
} from 'sallyport/storm';
import { afterEach, describe, expect, test } from 'vitest';
import { cliArguments, sallyport } from './support/cli.js';
import { clientNames, clients } from './support/clients.js';
import { emptyFolder } from './support/example-server.js';
import { type StormTarget, startStormTarget } from './support/storm-target.js';
import { until } from './support/until.js';

let closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.map((close) => close()));
  closing = [];
});

async function target(...settings: Parameters<typeof startStormTarget>): Promise<StormTarget> {
  const started = await startStormTarget(...settings);
  closing.push(() => started.close());
  return started;
}

/** Steady agents that take no hint, one for each token, calling one tool. */
function agentsOf(tokens: readonly (string | undefined)[], tool: string, more: Partial<AgentPlan> = {}): AgentPlan[] {
  return tokens.map((token, index) => ({
    name: `agent-${index}`,
    class: 'test',
    behaviour: { rhythm: { kind: 'steady', perSecond: 20 }, manners: { kind: 'ignores' } },
    operations: () => ({ tool, arguments: {} }),
    caller: callerOf(token),
    protocol: protocols[index % protocols.length] ?? protocols[0],
    ...more,
  }));
}

function scenarioOf(agents: readonly AgentPlan[], more: Partial<Scenario> = {}): Scenario {
  const bounds = { seed: 1, durationMs: 500, maxCalls: 10_000, maxOpenPerAgent: 64, callTimeoutMs: 30_000 };
  return { ...bounds, agents, ...more };
}

describe('sallyport storm', () => {
  test('without a --tool it calls what reads, and what the report says was admitted and answered is what the server counted', async () => {
    const server = await target(40, { faulty: false });
    const folder = await emptyFolder();
    const page = join(folder, 'storm.html');
    const mix = 'patient=4,batch=1,bursty=1,planner=2,retrier=2,rogue=2';
    const args = ['storm', '--url', server.url, '--issuer-key', server.issuerKey, '--agents', '12', '--mix', mix];
    const run = await sallyport([...args, '--duration', '5', '--rate', '2', '--seed', '5', '--html', page, '--json']);
    expect(run).toMatchObject({ code: 0 });
    const { totals, agents, tenants, seed } = JSON.parse(run.stdout) as StormReport;
    expect(seed).toBe(5);
    expect(totals.admitted).toBe(server.admitted());
    expect(totals.ok).toBe(server.ran());
    expect(totals.sent).toBe(totals.admitted + totals.denied);
    expect(totals.denied).toBeGreaterThan(totals.admitted / 2);
    expect(Object.keys(totals.deniedBy)).toEqual(['RATE_LIMITED']);
    // The edge turns away who keeps calling, without asking the store.
    expect(server.asked()).toBeLessThanOrEqual(totals.sent);
    expect(Math.max(...agents.map(({ admitted }) => admitted))).toBe(40);
    expect(tenants.map(({ name }) => name).sort()).toEqual(['acme', 'globex']);
    expect(await readFile(page, 'utf8')).toContain('</html>');
  });

  test('a page that cannot be written is said before the storm', async () => {
    const server = await target(1_000, { faulty: false });
    const [token = ''] = await server.tokens(1);
    const page = join(await emptyFolder(), 'gone', 'storm.html');
    const run = await sallyport(['storm', '--url', server.url, '--token', token, '--duration', '30', '--html', page]);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(/storm\.html cannot be written: ENOENT/);
    expect(server.ran()).toBe(0);
  });

  test('Ctrl-C ends it cleanly, with the report of what was seen so far', async () => {
    const server = await target(1_000_000, { faulty: false });
    const [token = ''] = await server.tokens(1);
    const args = ['storm', '--url', server.url, '--token', token, '--duration', '600', '--rate', '5'];
    const child = spawn(process.execPath, [...cliArguments, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [text, said] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const exit = once(child, 'exit');
    await until(async () => server.ran() > 20, 30_000);
    child.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
    expect(said).toMatch(/seed \d+/);
    expect(text).toMatch(/^all +20 /m);
    expect(text).toContain('The storm ended early, by a signal.');
  });

  test.each<[why: string, args: string[], said: RegExp]>([
    ['a server on another machine that nobody confirmed', ['--url', 'http://192.0.2.1/mcp'], /needs --allow-remote/],
    ['nobody at the address', ['--url', 'http://127.0.0.1:1/mcp'], /does not list its tools: refused/],
  ])('%s: it cannot run, and says why', async (_, args, said) => {
    const run = await sallyport(['storm', ...args]);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(said);
    expect(run.stderr).not.toContain('    at ');
    expect(run.stdout).toBe('');
  });
});

describe('the transport', () => {
  test.each(clientNames)('sees what the official client sees: %s', async (name) => {
    const server = await target(5);
    const [token = '', ...others] = await server.tokens(6);
    const client = await clients[name]({ url: server.url, token });
    closing.push(() => client.close());
    const transport = httpTransport(server.url);
    closing.push(async () => transport.close());
    const protocol = name === '2.x client, 2026-07-28' ? '2026-07-28' : '2025-11-25';
    const [other = ''] = others;
    const plan = { ...agentsOf([other], 'x')[0], protocol } as AgentPlan;
    const seen = { official: [] as unknown[], storm: [] as unknown[] };
    for (const tool of ['list_tables', 'wants_text', 'fails', 'overloaded', 'list_tables', 'list_tables']) {
      const answer = await client.call(tool);
      const { code, retryAfterMs } = (answer._meta?.[errorMetaKey] ?? {}) as Record<string, unknown>;
      seen.official.push(answer.isError === true ? { code, waits: typeof retryAfterMs } : 'ok');
      const operation = { tool, arguments: {} };
      const outcome = await transport.call(plan, operation, {}, new AbortController().signal);
      const { kind } = outcome;
      const isRefusal = kind === 'denied' || kind === 'failed';
      seen.storm.push(isRefusal ? { code: outcome.code, waits: typeof outcome.retryAfterMs } : kind);
    }
    expect(seen.storm).toEqual(seen.official);
    expect(seen.storm).toEqual([
      'ok',
      { code: 'INVALID_INPUT', waits: 'undefined' },
      { code: 'INTERNAL', waits: 'undefined' },
      { code: 'OVERLOADED', waits: 'number' },
      'ok',
      { code: 'RATE_LIMITED', waits: 'number' },
    ]);
  });

  test('keeps the session it is given', async () => {
    const server = await target(1_000, { sessions: true });
    const agents = agentsOf(await server.tokens(4), 'list_tables', { protocol: '2025-11-25' });
    const { totals } = await storm(scenarioOf(agents), httpTransport(server.url));
    expect(totals.ok).toBeGreaterThan(10);
    expect(totals.ok).toBe(totals.sent);
  });

  test.each(protocols)('an agent that gives a call up reaches the handler: %s', async (protocol) => {
    const server = await target(1_000);
    const { quitter } = behaviours(10);
    const agents = agentsOf(await server.tokens(2), 'slow', {
      protocol,
      behaviour: { ...quitter, quits: { share: 1, withinMs: 500 } },
    });
    const { totals } = await storm(scenarioOf(agents), httpTransport(server.url));
    expect(totals.cancelled).toBeGreaterThan(5);
    await until(async () => server.aborted() > totals.cancelled / 4, 10_000);
  });
});

describe('a hostile server', () => {
  /** What it does with a connection once something was sent over it. */
  async function hostile(answer: (socket: Socket, request: string) => void): Promise<string> {
    const sockets = new Set<Socket>();
    const server: Server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).on('data', (chunk: Buffer) => answer(socket, chunk.toString()));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  }
  const http = (type: string, body: string, length: number | string = Buffer.byteLength(body)) =>
    `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n${body}`;
  const modern = () => agentsOf([undefined, undefined], 'x', { protocol: '2026-07-28' });

  test.each<[what: string, code: string, answer: (socket: Socket) => void]>([
    ['closes connections', 'closed', (socket) => socket.end()],
    ['resets connections', 'closed', (socket) => socket.resetAndDestroy()],
    [
      'closes in the middle of an answer',
      'closed',
      (socket) => socket.end(http('application/json', '{"jsonrpc":', 999)),
    ],
    ['speaks no HTTP', 'garbage', (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')],
    ['answers no JSON', 'garbage', (socket) => socket.write(http('text/html', '<html>'))],
    [
      'answers somebody else',
      'garbage',
      (socket) => socket.write(http('application/json', '{"jsonrpc":"2.0","id":-1,"result":{}}')),
    ],
    [
      'answers a stream without the answer',
      'garbage',
      (socket) => socket.write(http('text/event-stream', 'data: {}\n\n')),
    ],
    ['never answers', 'no-answer', () => {}],
    ['answers without end', 'too-large', (socket) => socket.write(http('application/json', 'x'.repeat(70_000), 1e9))],
  ])('that %s is seen as one, in every call', async (_, code, answer) => {
    const scenario = scenarioOf(modern(), { durationMs: 300, callTimeoutMs: 500 });
    const { totals } = await storm(scenario, httpTransport(await hostile(answer), { maxAnswerBytes: 65_536 }));
    expect(totals.sent).toBeGreaterThan(5);
    expect(totals.brokenBy).toEqual({ [code]: totals.sent });
  });

  test('that is not there is seen as that, also by agents that would greet it first', async () => {
    const { totals } = await storm(
      scenarioOf(agentsOf([undefined, undefined], 'x')),
      httpTransport('http://127.0.0.1:1/mcp'),
    );
    expect(totals.brokenBy).toEqual({ refused: totals.sent });
  });

  test('that leaves a stream open after the answer has answered', async () => {
    const url = await hostile((socket, request) => {
      const id = /"id":(\d+)/.exec(request)?.[1];
      if (id === undefined) return;
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n');
      socket.write(`data: {"jsonrpc":"2.0","id":${id},"result":{"content":[]}}\n\n`);
    });
    const { totals } = await storm(
      scenarioOf(modern(), { durationMs: 300, callTimeoutMs: 20_000 }),
      httpTransport(url),
    );
    expect(totals.sent).toBeGreaterThan(5);
    expect(totals.ok).toBe(totals.sent);
  });
});
