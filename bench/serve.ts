import { jwtAuthenticator } from '@sallyport/auth';
import { hardened } from '@sallyport/core';
import { serve } from '@sallyport/http';
import { tokenIssuer } from '@sallyport/testkit';
import { ready } from './http/servers/ready.js';
import { serverOptions } from './http/servers/server-options.js';
import { echoTools } from './support/echo-tools.js';
import { outOfReach } from './support/out-of-reach.js';
import { program } from './support/program.js';

// Sallyport's side of the comparison: the full default stack, tokens that are verified, limits that count. Loopback only.
await program(async () => {
  const { port, tools } = serverOptions();
  const issuer = await tokenIssuer();
  const { url } = await serve(echoTools(hardened({ agentLimits: outOfReach, tenantLimits: outOfReach }), tools), {
    serverInfo: { name: 'sallyport', version: '1.0.0' },
    port,
    signals: true,
    auth: jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks() }),
    resource: { authorizationServers: [issuer.issuer] },
  });
  ready(url, await issuer.mint({ expiresInSeconds: 7 * 24 * 60 * 60 }));
});
