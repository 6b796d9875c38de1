import type { Principal } from '@sallyport/core';

/**
 * A verified caller as the edge would hand it out: agent `agent-1` of tenant `acme`, with the scopes to read and to write.
 * A new object each time, as after each verified token.
 *
 * @example
 * ```ts
 * import { testPrincipal } from '@sallyport/testkit';
 *
 * testPrincipal({ tenant: 'globex', scopes: ['mcp:tools:read'] });
 * ```
 */
export function testPrincipal(over: Partial<Principal> = {}): Principal {
  return {
    issuer: 'https://issuer.test',
    subject: 'agent-1',
    scopes: ['mcp:tools:read', 'mcp:tools:write'],
    tenant: 'acme',
    ...over,
  };
}
