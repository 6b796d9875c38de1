import '../report-memory.js';
import { parseArgs } from 'node:util';
import { jwtAuthenticator } from '@sallyport/auth';
import { hardened, memoryAdmission } from '@sallyport/core';
import { serve } from '@sallyport/http';
import { ready } from '../../http/servers/ready.js';
import { echoTools } from '../../support/echo-tools.js';
import { outOfReach } from '../../support/out-of-reach.js';

// The full default stack, as `bench/serve.ts`, for the agents of somebody else's issuer. `--room` gives the store of limits counters
// for 100,000 agents; by default it keeps those of 50,000, and refuses the others until some have run empty.
const { values } = parseArgs({
  options: { port: { type: 'string' }, issuer: { type: 'string' }, room: { type: 'boolean' } },
});
const { issuer, audience, jwks } = JSON.parse(values.issuer ?? '{}');
const room = values.room === true ? { admission: memoryAdmission({ maxKeys: 250_000 }) } : {};
const stack = hardened({ agentLimits: outOfReach, tenantLimits: outOfReach, report() {}, ...room });
const { url } = await serve(echoTools(stack, 1), {
  serverInfo: { name: 'sallyport', version: '1.0.0' },
  port: Number(values.port),
  auth: jwtAuthenticator({ issuer, audience, jwks }),
  resource: { authorizationServers: [issuer] },
});
ready(url);
