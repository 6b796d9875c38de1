import { jwtAuthenticator } from '@sallyport/auth';
import { type TokenIssuer, tokenIssuer } from '@sallyport/testkit';
import { type Content, type Host, type HostEvent, type ServeOptions, serve, type Versions } from '../src/index.js';
import { testTools } from './test-tools.js';

const serverInfo = { name: 'rig', version: '1.2.3' };
export const issuer: TokenIssuer = await tokenIssuer();

const hosts = new Set<Host>();

/** A running server with test tools, tokens of a local issuer, and everything it logged. */
export async function start(
  options: Partial<ServeOptions> & { readonly open?: boolean; readonly content?: Content | Versions } = {},
) {
  const { open = false, content, drain, ...rest } = options;
  const { tools, ...seen } = testTools();
  const events: HostEvent[] = [];
  const security = open
    ? { anonymous: true as const }
    : {
        auth: jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks() }),
        resource: { authorizationServers: [issuer.issuer] },
      };
  const host = await serve(content ?? tools, {
    serverInfo,
    port: 0,
    log: (event) => events.push(event),
    ...security,
    // The connections of `fetch` would be waited for at the end of every test.
    drain: { lingerMs: 0, ...drain },
    ...rest,
  } as ServeOptions);
  hosts.add(host);
  return { host, ...seen, events, origin: `http://127.0.0.1:${host.port}` };
}

/** For `afterEach`: closes whatever a test left running. */
export async function stopAll(): Promise<void> {
  await Promise.all([...hosts].map((host) => host.close()));
  hosts.clear();
}
