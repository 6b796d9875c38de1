import type { Tool } from '@sallyport/core';
import { observe } from '@sallyport/observe';
import { readConfig } from './config.js';
import { openDatabase, queryUrlOf, sizes, tables } from './database.js';
import { agentLimits, dependencies, shedding } from './guards.js';
import { paymentsAt } from './payments/payments.js';
import { allTools } from './tools/all-tools.js';
import { toolStack } from './tools/tool-stack.js';

// What the command line reads of this server: `npx sallyport explain src/sallyport.ts`.

const config = readConfig(process.env);
const database = await openDatabase(config.database);
const stack = toolStack(database, { observe: observe({ log: false }), shed: shedding, dependencies, agentLimits });

/** The tools as the server has them. Nobody calls them, so they need no Redis and no provider of payments. */
export const tools: readonly Tool[] = allTools(stack, paymentsAt('http://127.0.0.1:9'));

export const close = (): Promise<void> => database.close();

/** What the server runs on, of its environment. */
export const deployment = {
  ...(config.redis === undefined ? {} : { redis: { url: config.redis.url }, instances: config.redis.instances }),
  ...(config.issuer === undefined ? {} : { issuer: { issuer: config.issuer.issuer, jwksUrl: config.issuer.jwksUrl } }),
  ...(config.database === undefined
    ? {}
    : {
        postgres: {
          url: config.database.url,
          queryUrl: config.database.queryUrl ?? queryUrlOf(config.database.url),
          ...sizes,
          tables,
        },
      }),
};
