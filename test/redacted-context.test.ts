import { EmptyResultSchema } from '@modelcontextprotocol/sdk/types.js';
import type { ServerContext } from '@modelcontextprotocol/server';
import { hardened, type Redact } from '@sallyport/core';
import { redactText } from '@sallyport/observe';
import { type MadeUpSecret, madeUpSecrets } from '@sallyport/testkit';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Generation, generations } from './support/generations.js';

// What the handler of a hardened server sends through the SDK's own `ctx` or `extra`, past `call.client`.

const principal = { issuer: 'static', subject: 'me', tenant: 'acme', scopes: ['mcp:tools:read'] };
const requestedSchema = { type: 'object', properties: { name: { type: 'string', description: '' } } } as const;

/** As both generations have it, with what they have in common. */
interface Sends {
  notify(notification: object): Promise<void>;
  ask(request: object): Promise<unknown>;
  readonly ways: readonly ((text: string) => Promise<unknown>)[];
}

function sendsOf(generation: Generation, context: unknown): Sends {
  if (generation.sdk === 1) {
    const { sendNotification, sendRequest } = context as {
      sendNotification(notification: object): Promise<void>;
      sendRequest(request: object, schema: object): Promise<unknown>;
    };
    const loose = EmptyResultSchema.loose();
    return { notify: sendNotification, ask: (request) => sendRequest(request, loose), ways: [] };
  }
  const { mcpReq } = context as ServerContext;
  const ways: Sends['ways'] = [
    (text) => mcpReq.log('info', { text, [text]: [text] }, text),
    ...(generation.era === '2025'
      ? [
          (text: string) => mcpReq.elicitInput({ message: text, requestedSchema: described(text) }),
          (text: string) => mcpReq.requestSampling({ messages: [said(text)], systemPrompt: text, maxTokens: 1 }),
        ]
      : []),
  ];
  return {
    notify: (notification) => mcpReq.notify(notification as never),
    ask: (request) => mcpReq.send(request as never),
    ways,
  };
}

const said = (text: string) => ({ role: 'user' as const, content: { type: 'text' as const, text } });
const described = (text: string) => ({
  ...requestedSchema,
  properties: { name: { type: 'string' as const, description: text } },
});

function waysOf(generation: Generation, context: unknown): readonly ((text: string) => Promise<unknown>)[] {
  const { notify, ask, ways } = sendsOf(generation, context);
  return [
    (text) =>
      notify({ method: 'notifications/message', params: { level: 'info', logger: text, data: { [text]: [text] } } }),
    ...(generation.era === '2025'
      ? [
          (text: string) =>
            ask({ method: 'elicitation/create', params: { message: text, requestedSchema: described(text) } }),
          (text: string) =>
            ask({
              method: 'sampling/createMessage',
              params: { messages: [said(text)], systemPrompt: text, maxTokens: 1 },
            }),
        ]
      : []),
    ...ways,
  ];
}

/** Sends each secret in one way after the other, and gives those that the client got, and how many messages that were. */
async function sent(generation: Generation, made: readonly MadeUpSecret[], redact?: Redact) {
  const stack = hardened({ agentLimits: {}, ...(redact && { redact }) });
  const make = () => {
    const server = generation.harden(generation.server(), stack, { principal });
    const inputSchema = { from: z.number(), to: z.number() };
    server.registerTool('tell', { access: 'read', inputSchema }, async (input, context) => {
      const { from, to } = input as { from: number; to: number };
      const ways = waysOf(generation, context);
      const texts = made.slice(from, to).map(({ text }) => text);
      for (const [index, text] of texts.entries()) await ways[index % ways.length]?.(text);
      const params = { progressToken: 'none', progress: 1, message: texts[0] };
      await sendsOf(generation, context).notify({ method: 'notifications/progress', params });
      return { content: [] };
    });
    return server;
  };
  const client = await generation.connect(make);
  const counts = { messages: 0, progress: 0 };
  const found: MadeUpSecret[] = [];
  for (let from = 0; from < made.length; from += batch) {
    const to = Math.min(from + batch, made.length);
    const progress: object[] = [];
    const answer = await client.callTool(
      { name: 'tell', arguments: { from, to }, _meta: { 'io.modelcontextprotocol/logLevel': 'debug' } },
      { onprogress: (said) => void progress.push(said) },
    );
    expect(answer.isError).not.toBe(true);
    const told = [...client.logged.splice(0), ...client.asked.splice(0)];
    const text = JSON.stringify([told, progress]);
    found.push(...made.slice(from, to).filter(({ core }) => text.includes(JSON.stringify(core).slice(1, -1))));
    counts.messages += told.length;
    counts.progress += progress.length;
  }
  await client.close();
  return { found, ...counts };
}

const batch = 170;
const every = 10_200;

describe.each(generations.map((generation, index) => ({ ...generation, index })))('$name', (generation) => {
  test('of its third of 10,200 secrets that handlers send through the SDK’s own way, none reaches the client, and every message does', async () => {
    const made = madeUpSecrets(every, 23).slice((generation.index * every) / 3, ((generation.index + 1) * every) / 3);
    expect(await sent(generation, made, redactText)).toEqual({ found: [], messages: every / 3, progress: 20 });
  });

  test('the search finds every secret of a server that does not redact', async () => {
    const made = madeUpSecrets(batch, 5);
    expect((await sent(generation, made)).found).toHaveLength(batch);
  });
});
