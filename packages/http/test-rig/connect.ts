import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const info = { name: 'test-client', version: '1' };

function requestInit(token: string | undefined) {
  return token === undefined ? {} : { requestInit: { headers: { Authorization: `Bearer ${token}` } } };
}

/** The official 1.x client. With capabilities it must be given its handlers before: `prepare`. */
export async function legacyClient(
  url: string,
  token?: string,
  { capabilities = {}, prepare = () => {} }: { capabilities?: object; prepare?: (client: LegacyClient) => void } = {},
): Promise<{ client: LegacyClient; transport: LegacyTransport }> {
  const client = new LegacyClient(info, { capabilities });
  prepare(client);
  const transport = new LegacyTransport(new URL(url), requestInit(token));
  // The 1.x transport is not assignable to its own interface under exactOptionalPropertyTypes.
  await client.connect(transport as Parameters<LegacyClient['connect']>[0]);
  return { client, transport };
}

/** The official 2.x client at 2026-07-28. */
export async function modernClient(url: string, token?: string): Promise<ModernClient> {
  const client = new ModernClient(info, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  await client.connect(new ModernTransport(new URL(url), requestInit(token)));
  return client;
}
