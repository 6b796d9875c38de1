import { jwtAuthenticator } from '@sallyport/auth';
import type { Tool } from '@sallyport/core';
import { serve } from '@sallyport/http';
import type { Database } from '@sallyport/postgres';
import type { Config } from './config.js';
import { openDevelopmentIssuer } from './development-issuer.js';
import { linesToTry } from './lines-to-try.js';

const serverInfo = { name: 'sallyport-postgres', version: '0.1.0' };

/** Serves the tools over HTTP until SIGTERM, and prints what a newcomer needs to call them. */
export async function serveHttp(tools: readonly Tool[], config: Config, database: Database): Promise<void> {
  const { port, host, issuer } = config;
  const shared = {
    serverInfo,
    port,
    host,
    signals: true,
    ready: [() => database.ping(AbortSignal.timeout(1_000))],
    onClose: () => database.close(),
  };
  if (issuer !== undefined) {
    const { url } = await serve(tools, {
      ...shared,
      auth: jwtAuthenticator({
        issuer: issuer.issuer,
        audience: issuer.audience,
        jwksUrl: issuer.jwksUrl,
        claims: { tenant: issuer.tenantClaim, plan: issuer.planClaim },
      }),
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
    ...shared,
    auth: jwtAuthenticator({
      issuer: development.issuer,
      audience: development.audience,
      jwks: development.jwks,
      algorithms: [development.algorithm],
    }),
    resource: { authorizationServers: [development.issuer] },
  });
  process.stdout.write(await linesToTry(url, development));
  process.stdout.write(`ready ${url}\n`);
}
