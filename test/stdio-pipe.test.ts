import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { emptyFolder, stdioTarget } from './support/example-server.js';

it('what a pipe asks is answered before the program ends, the last call too, and it ends with 0', async () => {
  const { command, args, cwd, env } = stdioTarget(await emptyFolder());
  const child = spawn(command, [...args], { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
  const written = text(child.stdout);
  const client = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'printf', version: '1' } };
  const messages = [
    { id: 0, method: 'initialize', params: { ...client, protocolVersion: 5 } },
    { id: 1, method: 'initialize', params: client },
    { method: 'notifications/initialized' },
    { id: 2, method: 'tools/list', params: {} },
    { id: 3, method: 'tools/list', params: { cursor: 5 } },
    { id: 4, method: 'tools/call', params: { name: 'slow_report', arguments: { seconds: 1 } } },
  ];
  child.stdin.end(messages.map((message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`).join(''));
  const [code] = (await once(child, 'exit')) as [number | null];
  const answers = (await written)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: number });
  expect(answers.sort((a, b) => a.id - b.id)).toEqual([
    expect.objectContaining({ id: 0, error: expect.objectContaining({ code: -32602 }) }),
    expect.objectContaining({ id: 1, result: expect.objectContaining({ protocolVersion: '2025-11-25' }) }),
    expect.objectContaining({ id: 2, result: expect.objectContaining({ tools: expect.any(Array) }) }),
    expect.objectContaining({ id: 3, error: expect.objectContaining({ code: -32602 }) }),
    expect.objectContaining({ id: 4, result: expect.objectContaining({ structuredContent: expect.any(Object) }) }),
  ]);
  expect(code).toBe(0);
}, 120_000);
