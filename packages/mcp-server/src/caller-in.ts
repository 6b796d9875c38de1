import type { ServerContext } from '@modelcontextprotocol/server';
import { principalIn } from '@sallyport/core/adapter';

/** Who calls, as far as the transport verified it. */
export function callerIn({ http }: ServerContext): readonly (string | null)[] {
  if (http?.authInfo === undefined) return [];
  const principal = principalIn(http.authInfo);
  if (principal === undefined) return [http.authInfo.clientId];
  return [principal.issuer, principal.subject, principal.tenant ?? null];
}
