import { hardened, type Principal } from '@sallyport/core';
import { z } from 'zod';

/** Who calls over stdio: configuration, nothing the client says. */
export const principal: Principal = {
  issuer: 'static',
  subject: 'desktop',
  scopes: ['mcp:tools:read'],
  tenant: 'acme',
};

export const whoami = hardened().tool({
  name: 'whoami',
  description: 'Says who calls.',
  access: 'read',
  input: z.object({}),
  output: z.object({ subject: z.string(), tenant: z.string() }),
  handler: (_, call) => ({ subject: call.principal.subject, tenant: call.tenant }),
});
