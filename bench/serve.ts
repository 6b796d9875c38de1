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
// With `--metrics` calls are measured, with `--log` a line is written for each as well, to where nobody keeps it.
await program(async () => {
  const { port, tools, metrics, log } = serverOptions();
  const issuer = await tokenIssuer();
  // Loaded only where it is used, as in a server without it: it is an eighth of the memory.
  const observe = metrics || log ? (await import('./support/observed.js')).observed(metrics, log) : undefined;
  const stack = hardened({ agentLimits: outOfReach, tenantLimits: outOfReach, ...(observe && { observe }) });
  const { url } = await serve(echoTools(stack, tools), {
    serverInfo: { name: 'sallyport', version: '1.0.0' },
    port,
    signals: true,
    auth: jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks() }),
    resource: { authorizationServers: [issuer.issuer] },
  });
  ready(url, await issuer.mint({ expiresInSeconds: 7 * 24 * 60 * 60 }));
});
