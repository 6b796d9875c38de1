import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { Provider } from 'oidc-provider';

/** Where the clients of the tests are sent back to. Nobody listens there: the browser of the tests stops before it. */
export const redirectUri = 'https://client.test/callback';

/** A client that the server knows from the start. */
export const machine = { clientId: 'machine', clientSecret: 'machine-secret-with-enough-entropy-in-it' };

/** A real authorization server on loopback: oidc-provider with its users, consent and storage replaced by nothing. */
export interface AuthorizationServer {
  readonly issuer: string;
  /** How often the keys were fetched. */
  readonly keyFetches: () => number;
  /** Signs with a new key from now on; the old one stays published. */
  rotate(): Promise<void>;
  /** Cuts every connection while true. */
  down: boolean;
  /** Posts a form as the machine client. */
  form(path: string, form: Record<string, string>): Promise<{ status: number; body: Record<string, unknown> }>;
  /** What a browser does with an authorization URL: signs in, consents, and comes back with this callback URL. */
  browse(authorizationUrl: URL): Promise<URL>;
  close(): Promise<void>;
}

/** Resources whose URL ends like this get opaque tokens, all others JWTs (RFC 9068). */
export const opaquePath = '/opaque';

const scope = 'mcp:tools:read mcp:tools:write mcp:admin';

/** Starts it on a free port. */
export async function authorizationServer(): Promise<AuthorizationServer> {
  const keys: JWK[] = [await newKey()];
  let fetches = 0;
  let provider: Provider;
  const server = createServer((request, response) => {
    if (self.down) return void request.socket.destroy();
    if (request.url === '/jwks') fetches++;
    if (request.url?.startsWith('/interaction/') === true) return void consent(provider, request, response);
    return void provider.callback()(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  provider = newProvider(issuer, keys);
  const self: AuthorizationServer = {
    issuer,
    keyFetches: () => fetches,
    down: false,
    async rotate() {
      keys.unshift(await newKey());
      provider = newProvider(issuer, keys);
    },
    async form(path, form) {
      const credentials = Buffer.from(`${machine.clientId}:${machine.clientSecret}`).toString('base64');
      const response = await fetch(`${issuer}${path}`, {
        method: 'POST',
        headers: { Authorization: `Basic ${credentials}` },
        body: new URLSearchParams(form),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
    },
    browse,
    close: () => closed(server),
  };
  return self;
}

function newProvider(issuer: string, keys: readonly JWK[]): Provider {
  return new Provider(issuer, {
    jwks: { keys: [...keys] },
    cookies: { keys: ['only for tests'] },
    clients: [
      {
        client_id: machine.clientId,
        client_secret: machine.clientSecret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
      publicClient('public', ['authorization_code']),
      publicClient('public-refresh', ['authorization_code', 'refresh_token']),
    ],
    // The clients register with the scopes they will ask for.
    scopes: ['openid', 'offline_access', ...scope.split(' ')],
    pkce: { required: () => true },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    extraTokenClaims: () => ({ tenant: 'acme' }),
    issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      registration: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource) => ({
          scope,
          audience: resource,
          accessTokenTTL: 300,
          ...(resource.endsWith(opaquePath)
            ? { accessTokenFormat: 'opaque' as const }
            : { accessTokenFormat: 'jwt' as const, jwt: { sign: { alg: 'ES256' as const } } }),
        }),
      },
    },
  });
}

function publicClient(clientId: string, grantTypes: string[]) {
  return {
    client_id: clientId,
    grant_types: grantTypes,
    redirect_uris: [redirectUri],
    token_endpoint_auth_method: 'none' as const,
  };
}

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256', use: 'sig' };
}

/** Everybody is `agent-1` and consents to what is asked. */
async function consent(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { params, grantId } = await provider.interactionDetails(request, response);
  const accountId = 'agent-1';
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const grant = known ?? new provider.Grant({ accountId, clientId: String(params.client_id) });
  grant.addOIDCScope(String(params.scope ?? ''));
  grant.addResourceScope(String(params.resource), String(params.scope ?? ''));
  await provider.interactionFinished(request, response, {
    login: { accountId },
    consent: { grantId: await grant.save() },
  });
}

async function browse(authorizationUrl: URL): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = authorizationUrl;
  for (let hop = 0; hop < 10; hop++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s);
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) throw new Error(`${url.pathname} answered ${response.status}: ${await response.text()}`);
    url = new URL(location, url);
    if (url.href.startsWith(redirectUri)) return url;
  }
  throw new Error('too many redirects');
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
