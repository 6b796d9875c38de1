import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tokenIssuer } from '@sallyport/testkit';

/** Who a token is for. The plan decides what the storm server lets its holder do. */
interface Holder {
  readonly tenant: string;
  readonly agent: string;
  readonly plan?: string;
}

/** An authorization server that can be away. */
export interface StormIssuer {
  /** What an instance of the example needs to know of it. */
  readonly env: Readonly<Record<string, string>>;
  mint(holder: Holder): Promise<string>;
  /** Takes its keys away: the port refuses connections. */
  stop(): Promise<void>;
  /** Back, on the same port. */
  start(): Promise<void>;
}

export async function startIssuer(): Promise<StormIssuer> {
  const names = { issuer: 'http://localhost/storm', audience: 'urn:sallyport:storm' };
  const keys = await tokenIssuer(names);
  let server: Server;
  let port = 0;
  const start = async (): Promise<void> => {
    server = createServer((_, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(keys.jwks()));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    port = (server.address() as AddressInfo).port;
    server.unref();
  };
  await start();
  return {
    env: {
      AUTH_ISSUER: names.issuer,
      AUTH_AUDIENCE: names.audience,
      AUTH_JWKS_URL: `http://127.0.0.1:${port}/jwks`,
    },
    mint: ({ tenant, agent, plan }) =>
      keys.mint({
        subject: agent,
        tenant,
        ...(plan === undefined ? {} : { plan }),
        scopes: ['mcp:tools:read', 'mcp:tools:write', 'mcp:admin'],
        expiresInSeconds: 12 * 3_600,
      }),
    start,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
