import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { claimPorts } from './support/claim-ports.js';
import { send } from './support/raw-http.js';
import { spawnBound } from './support/spawn-bound.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** Runs a script of package.json; resolves to what it writes when it is ready. */
async function served(script: string, args: readonly string[]): Promise<string> {
  const [command, ...own] = (scripts[script] ?? '').split(' ');
  expect(command).toBe('node');
  const child = spawnBound(process.execPath, [...own, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  if (child.stdout === null) throw new Error('it has no output');
  for await (const line of createInterface(child.stdout)) return line;
  throw new Error(`${script} ended without a line`);
}

const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** A request as a load generator would send it. */
async function ask(url: string, token: string, era: 'legacy' | 'modern', method: string, params: object = {}) {
  const { name } = params as { readonly name?: string };
  const modern = {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(name === undefined ? {} : { 'mcp-name': name }),
  };
  const answer = await send(url, {
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${token}`,
      ...(era === 'modern' ? modern : {}),
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method,
      params: era === 'modern' ? { ...params, _meta: envelope } : params,
    }),
  });
  return { ...answer, json: JSON.parse(answer.text) as { readonly result: Readonly<Record<string, unknown>> } };
}

test('bench:serve prints where it is and a token that is good there, and has the tools it was told to have behind limits that count', async () => {
  const [port] = await claimPorts(1);
  const line = await served('bench:serve', ['--port', String(port), '--tools', '3']);
  const [, url = '', token = ''] = /^ready (http:\/\/127\.0\.0\.1:\d+\/mcp) ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(line) ?? [];
  expect(new URL(url).port).toBe(String(port));
  for (const era of ['legacy', 'modern'] as const) {
    const { json: list } = await ask(url, token, era, 'tools/list');
    const tools = list.result.tools as { name: string; inputSchema: object }[];
    expect(tools.map(({ name }) => name)).toEqual(['echo', 'echo_1', 'echo_2']);
    expect(tools[0]?.inputSchema).toMatchObject({
      type: 'object',
      properties: { text: { type: 'string' }, times: { type: 'integer' }, upper: { type: 'boolean' } },
      required: ['text', 'times', 'upper'],
    });
    const echo = { name: 'echo', arguments: { text: 'ab ', times: 2, upper: true } };
    const { status, headers, json } = await ask(url, token, era, 'tools/call', echo);
    expect([status, json.result.content]).toEqual([200, [{ type: 'text', text: 'AB AB ' }]]);
    expect(headers.ratelimit).toMatch(/r=\d{6,}/);
    const wrong = await ask(url, token, era, 'tools/call', { ...echo, arguments: { text: 7 } });
    expect(wrong.json.result).toMatchObject({
      isError: true,
      _meta: { 'dev.sallyport/error': { code: 'INVALID_INPUT' } },
    });
  }
  expect((await ask(url, `${token}x`, 'legacy', 'tools/list')).status).toBe(401);
});

test('conformance:serve prints where it is, and answers without a token', async () => {
  const [port] = await claimPorts(1);
  const line = await served('conformance:serve', ['--port', String(port)]);
  expect(line).toBe(`ready http://127.0.0.1:${port}/mcp`);
  const { json } = await ask(line.slice('ready '.length), '', 'modern', 'server/discover');
  expect(json.result).toMatchObject({ capabilities: { tools: {}, resources: {}, prompts: {} } });
});
