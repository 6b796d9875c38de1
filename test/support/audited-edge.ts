import { jwtAuthenticator } from '@sallyport/auth';
import { type Clock, hardened, memoryAdmission } from '@sallyport/core';
import { type HostEvent, serve } from '@sallyport/http';
import { auditDenials, type Database } from '@sallyport/postgres';
import { tokenIssuer } from '@sallyport/testkit';
import { z } from 'zod';

const issuer = await tokenIssuer();

/** Who vouches for the callers of {@link auditedEdge}. */
export const issuerName = issuer.issuer;

/**
 * A server over HTTP whose denials are audited in the database, within a second of `auditClock`: `look` may be called once in a minute
 * of `clock`, `pay` needs the scope to write. The log is what the edge noticed, and `lost` what could not be written.
 */
export async function auditedEdge(database: Database, clock: Clock, auditClock = clock) {
  const lost: unknown[] = [];
  const log: HostEvent[] = [];
  const { report, onRefusal, close } = auditDenials(database, () => {}, {
    clock: auditClock,
    lost: (error) => lost.push(error),
  });
  const stack = hardened({ clock, report, admission: memoryAdmission({ clock }), agentLimits: {} });
  const spec = { description: 'x', input: z.object({}), handler: () => 'ran' } as const;
  const tools = [
    stack.tool({ ...spec, name: 'look', version: '2', access: 'read', limits: { perMinute: 1 } }),
    stack.tool({ ...spec, name: 'pay', access: 'write', effects: 'natural' }),
  ];
  const host = await serve(tools, {
    serverInfo: { name: 'audited', version: '1.0.0' },
    drain: { lingerMs: 0 },
    auth: jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks() }),
    resource: { authorizationServers: [issuer.issuer] },
    port: 0,
    clock,
    log: (event) => log.push(event),
    onRefusal,
  });
  return {
    url: host.url,
    lost,
    log,
    /** A token of the agent, with the scope to read. */
    token: (subject: string, tenant: string) => issuer.mint({ subject, tenant }),
    /** Nothing is refused from here on; what waits is written, or lost. */
    async close() {
      await host.close();
      await close();
    },
  };
}
