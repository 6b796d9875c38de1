import { join } from 'node:path';
import { jwtAuthenticator } from '@sallyport/auth';
import {
  type AdmissionStore,
  type HardenedStack,
  hardened,
  memoryAdmission,
  type Tool,
  ToolError,
} from '@sallyport/core';
import { serve } from '@sallyport/http';
import { z } from 'zod';
import { openDevelopmentIssuer } from '../../examples/postgres/src/development-issuer.js';
import { emptyFolder } from './example-server.js';

/** A server that counts for itself what a storm says of it. */
export interface StormTarget {
  readonly url: string;
  /** The private key of its development issuer, in a file. */
  readonly issuerKey: string;
  /** Tokens of as many agents, of two tenants in turn. */
  tokens(count: number): Promise<string[]>;
  /** Calls whose handler ran. */
  readonly ran: () => number;
  /** Calls whose handler was aborted by their caller. */
  readonly aborted: () => number;
  /** What the store of the limits was asked, and how often it let a call in. */
  readonly asked: () => number;
  readonly admitted: () => number;
  close(): Promise<unknown>;
}

/**
 * Starts one, with so many calls a minute for an agent. `sessions`: it keeps sessions of the 2025 era. `faulty`: it has tools that fail
 * and that are slow, too.
 */
export async function startStormTarget(
  perMinute: number,
  { sessions = false, faulty = true } = {},
): Promise<StormTarget> {
  const folder = await emptyFolder();
  const issuer = await openDevelopmentIssuer(folder);
  let ran = 0;
  let aborted = 0;
  let asked = 0;
  let admitted = 0;
  const store = memoryAdmission();
  const admission: AdmissionStore = {
    ...store,
    admit: async (request) => {
      asked++;
      const answer = await store.admit(request);
      if (answer.admitted) admitted++;
      return answer;
    },
  };
  const stack = hardened({ admission, agentLimits: { perMinute, concurrent: 20 }, report: () => {} });
  const count = { ran: () => ran++, aborted: () => aborted++ };
  const { url, close } = await serve(
    faulty ? [...toolsOn(stack, count), ...faultyOn(stack, count)] : toolsOn(stack, count),
    {
      port: 0,
      serverInfo: { name: 'target', version: '1.0.0' },
      log: () => {},
      auth: jwtAuthenticator({
        issuer: issuer.issuer,
        audience: issuer.audience,
        jwks: issuer.jwks,
        algorithms: [issuer.algorithm],
      }),
      resource: { authorizationServers: [issuer.issuer] },
      ...(sessions ? { sessions: 'memory' as const } : {}),
    },
  );
  return {
    url,
    issuerKey: join(folder, 'development-key.json'),
    tokens: (count) =>
      Promise.all(
        Array.from({ length: count }, (_, index) =>
          issuer.mint({
            tenant: index % 2 === 0 ? 'acme' : 'globex',
            agent: `agent-${index}`,
            scope: 'mcp:tools:read',
          }),
        ),
      ),
    ran: () => ran,
    aborted: () => aborted,
    asked: () => asked,
    admitted: () => admitted,
    close,
  };
}

const read = { description: 'Reads.', access: 'read', input: z.object({}) } as const;

function toolsOn(stack: HardenedStack, count: { ran(): void }): Tool[] {
  return [
    stack.tool({
      ...read,
      name: 'list_tables',
      handler: () => {
        count.ran();
        return 'customers, orders';
      },
    }),
    stack.tool({ ...read, name: 'wants_text', input: z.object({ text: z.string() }), handler: ({ text }) => text }),
  ];
}

function faultyOn(stack: HardenedStack, count: { aborted(): void }): Tool[] {
  return [
    stack.tool({
      ...read,
      name: 'fails',
      handler: () => {
        throw new Error('on purpose');
      },
    }),
    stack.tool({
      ...read,
      name: 'overloaded',
      handler: () => {
        throw new ToolError('OVERLOADED', 'Too much.', { retryAfterMs: 1_500 });
      },
    }),
    stack.tool({
      ...read,
      name: 'slow',
      handler: (_, { signal }) =>
        new Promise((resolve) => {
          const timer = setTimeout(() => resolve('done'), 1_500);
          signal.addEventListener('abort', () => {
            clearTimeout(timer);
            count.aborted();
            resolve('stopped');
          });
        }),
    }),
  ];
}
