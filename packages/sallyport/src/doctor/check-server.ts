import { reasonOf } from '../reason-of.js';
import { jsonOf, membersOf } from '../storm/json-object.js';
import { type Answer, ask } from './ask.js';
import { clockSkew } from './clock-skew.js';
import { type Finding, findingsOf } from './finding.js';

const found = findingsOf('server');
const { ok, warning, error, unchecked } = found;

/** What every answer of an edge should carry, with what it should hold. */
const expectedHeaders: Readonly<Record<string, RegExp>> = {
  'cache-control': /no-store/,
  'content-security-policy': /default-src 'none'/,
  'referrer-policy': /no-referrer/,
  'x-content-type-options': /nosniff/,
  'x-frame-options': /DENY/i,
};

const ping = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
const asClient = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' };

/** What a running server tells somebody who has no token: whether it is up, and whether its doors are shut. */
export async function checkServer(url: URL): Promise<Finding[]> {
  try {
    const stranger = await ask(url, { method: 'POST', headers: asClient, body: ping });
    return [
      ...transport(url),
      await health(url),
      await ready(url),
      await metricsExposed(url),
      await authentication(url, stranger),
      headers(url, stranger),
      await origin(url),
      await host(url),
      ...(stranger.clock === undefined ? [] : [clockSkew(found, 'the server', stranger.clock)]),
    ];
  } catch (failure) {
    return [unchecked(`${url.href} cannot be reached: ${reasonOf(failure)}`)];
  }
}

const isLoopback = ({ hostname }: URL): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);

function transport(url: URL): Finding[] {
  if (url.protocol === 'https:') return [ok('it speaks TLS')];
  if (isLoopback(url)) return [];
  return [error(`${url.href} is plain HTTP: whoever is on the way reads the tokens`, 'put TLS in front of it')];
}

async function health(url: URL): Promise<Finding> {
  const { status, text } = await ask(new URL('/health', url));
  if (status === 200 && says(text, 'ok')) return ok('/health: the process is up');
  return error(
    status === 200 ? '/health answers 200 with something else than {"status":"ok"}' : `/health answers ${status}`,
    'serve it with @sallyport/http, or let the proxy pass /health on',
  );
}

/** A page of HTML is answered with 200 by many a server, whatever it is asked for. */
const says = (text: string, status: string): boolean => membersOf(jsonOf(text)).status === status;

async function ready(url: URL): Promise<Finding> {
  const { status, text } = await ask(new URL('/ready', url));
  if (status === 200) {
    if (!says(text, 'ready'))
      return error(
        '/ready answers 200 with something else than {"status":"ready"}',
        'serve it with @sallyport/http, or let the proxy pass /ready on',
      );
    return ok('/ready: what it depends on can be reached');
  }
  return error(
    `/ready answers ${status}: something it depends on cannot be reached, or it is draining`,
    'look for "not-ready" in its log: the line says which check failed',
  );
}

async function metricsExposed(url: URL): Promise<Finding> {
  const { status, text } = await ask(new URL('/metrics', url));
  if (status !== 200 || !/^# (HELP|TYPE) /m.test(text)) return ok('/metrics is not on the public listener');
  return error(
    '/metrics is on the public listener: anybody reads which tools there are and how they do',
    'serve it with serveMetrics on a port of its own, and do not let the proxy pass /metrics on',
  );
}

async function authentication(url: URL, { status, headers }: Answer): Promise<Finding> {
  if (status === 200) {
    const fix = 'give serve an authenticator (auth) instead of anonymous';
    return isLoopback(url)
      ? warning('it answers callers without a token', fix)
      : error('it answers callers without a token, and not only on its own machine', fix);
  }
  if (status !== 401)
    return error(`without a token it answers ${status} instead of 401`, 'is this the address of MCP?');
  const challenge = String(headers['www-authenticate'] ?? '');
  const document = /resource_metadata="([^"]+)"/.exec(challenge)?.[1];
  if (document === undefined || !URL.canParse(document)) {
    return error(
      'its 401 names no resource_metadata (RFC 9728)',
      'clients cannot find the issuer: check what the proxy removes',
    );
  }
  const metadata = await ask(new URL(document)).catch(() => undefined);
  if (metadata?.status === 200 && /"authorization_servers"/.test(metadata.text)) {
    return ok(`without a token it answers 401, and ${document} names the issuer`);
  }
  return warning(
    `its 401 names ${document}, which cannot be read from here`,
    'set resource.url to the address that clients call, and let the proxy pass /.well-known on',
  );
}

function headers(url: URL, answer: Answer): Finding {
  const expected = {
    ...expectedHeaders,
    ...(url.protocol === 'https:' ? { 'strict-transport-security': /max-age=/ } : {}),
  };
  const missing = Object.entries(expected).filter(([name, value]) => !value.test(String(answer.headers[name] ?? '')));
  if (missing.length === 0) return ok('its answers carry the security headers');
  const names = missing.map(([name]) => name).join(', ');
  return warning(
    `its answers lack ${names}`,
    'let the proxy keep the headers of the server; HSTS is for the proxy to set',
  );
}

/** A page of somebody else's, in the browser of somebody who may call. */
async function origin(url: URL): Promise<Finding> {
  const { status } = await ask(url, {
    method: 'POST',
    headers: { ...asClient, Origin: 'https://evil.example' },
    body: ping,
  });
  if (status === 403) return ok('pages of other origins are refused');
  return error(
    `a page of another origin is answered ${status} instead of 403`,
    'list your own pages in allowedOrigins, and let the proxy pass Origin on',
  );
}

/** DNS rebinding: another name that leads here. */
async function host(url: URL): Promise<Finding> {
  const { status } = await ask(url, { method: 'POST', headers: { ...asClient, Host: 'evil.example' }, body: ping });
  if (status >= 400 && status !== 401) return ok('it answers under its own name only');
  const fix = 'list its names in allowedHosts';
  return isLoopback(url)
    ? error('under a foreign Host it answers: a page can reach it by DNS rebinding', fix)
    : warning('under a foreign Host it answers', fix);
}
