import { type JwtAuthenticator, jwtAuthenticator, revocable } from '@sallyport/auth';
import type { OnRefusal, Tool } from '@sallyport/core';
import { serve } from '@sallyport/http';
import type { Database } from '@sallyport/postgres';
import type { Config } from './config.js';
import { openDevelopmentIssuer } from './development-issuer.js';
import { linesToTry } from './lines-to-try.js';
import type { SharedState } from './shared-state.js';
import type { Operations } from './telemetry.js';

const serverInfo = { name: 'sallyport-postgres', version: '0.1.0' };

/** What the server stands on. */
interface Foundations {
  readonly database: Database;
  readonly shared: SharedState | undefined;
  readonly operations: Operations;
  /** Audits and counts what is refused before it is a call. */
  readonly onRefusal: OnRefusal;
  close(): Promise<void>;
}

/** Serves the tools over HTTP until SIGTERM, and prints what a newcomer needs to call them. */
export async function serveHttp(
  tools: readonly Tool[],
  config: Config,
  { database, shared, operations, onRefusal, close }: Foundations,
): Promise<void> {
  const { port, host, trustedProxies, issuer } = config;
  const { telemetry, log } = operations;
  const common = {
    serverInfo,
    port,
    host,
    trustedProxies,
    signals: true,
    log,
    onRefusal,
    ready: [() => database.ping(AbortSignal.timeout(1_000)), () => shared?.ready()],
    onClose: close,
  };
  // While Redis is away ordinary calls go on by what is known; sensitive ones are refused.
  const checked = (auth: JwtAuthenticator) => {
    telemetry.publish('auth', () => auth.measures());
    return shared === undefined ? auth : revocable(auth, shared.denied, { whenUnreachable: 'allow' });
  };
  if (issuer !== undefined) {
    const { url } = await serve(tools, {
      ...common,
      auth: checked(
        jwtAuthenticator({
          issuer: issuer.issuer,
          audience: issuer.audience,
          jwksUrl: issuer.jwksUrl,
          claims: { tenant: issuer.tenantClaim, plan: issuer.planClaim },
        }),
      ),
      resource: {
        authorizationServers: [issuer.issuer],
        ...(/^https?:/.test(issuer.audience) ? { url: issuer.audience } : {}),
      },
    });
    process.stdout.write(`ready ${url}\n`);
    return;
  }
  const development = await openDevelopmentIssuer();
  const { url } = await serve(tools, {
    ...common,
    auth: checked(
      jwtAuthenticator({
        issuer: development.issuer,
        audience: development.audience,
        jwks: development.jwks,
        algorithms: [development.algorithm],
      }),
    ),
    resource: { authorizationServers: [development.issuer] },
  });
  process.stdout.write(await linesToTry(url, development));
  process.stdout.write(`ready ${url}\n`);
}
