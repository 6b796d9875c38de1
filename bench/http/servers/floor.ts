import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { echo, echoInput } from '../../support/echo.js';
import { toolNames } from '../../support/tool-names.js';
import { ready } from './ready.js';
import { serverOptions } from './server-options.js';

// The least a server in Node can do: parse the body, parse the arguments, write the answer. No guard, no protocol.
interface Message {
  readonly id: unknown;
  readonly method: string;
  readonly params: { readonly name: string; readonly arguments: unknown };
}

const { port, tools } = serverOptions();
const schemas = new Map(toolNames(tools).map((name) => [name, echoInput()]));
const listed = [...schemas].map(([name, schema]) => ({
  name,
  description: `The tool ${name}.`,
  inputSchema: z.toJSONSchema(schema),
}));

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => answer(request, response, JSON.parse(Buffer.concat(chunks).toString('utf8')) as Message));
});
server.listen(port, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) ready(`http://127.0.0.1:${address.port}/mcp`);
});

function answer(_: IncomingMessage, response: ServerResponse, { id, method, params }: Message): void {
  const result = method === 'tools/list' ? { tools: listed } : called(params);
  const body = JSON.stringify({ jsonrpc: '2.0', id, result });
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }).end(body);
}

function called({ name, arguments: args }: Message['params']) {
  const schema = schemas.get(name);
  if (schema === undefined) throw new Error(`no tool ${name}`);
  return { content: [{ type: 'text', text: echo(schema.parse(args)) }] };
}
