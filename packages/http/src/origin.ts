import { isLoopback } from '@sallyport/auth';
import { remembered } from './remembered.js';

/** Whether a request with this `Origin` may pass. Without one it does: only browsers send it, and they always do. */
export type OriginRule = (origin: string | undefined) => boolean;

/**
 * MCP Streamable HTTP, security: an Origin that is present and not allowed is refused. Allowed are the given ones, exactly,
 * and on a loopback bind any page that was itself loaded from loopback.
 */
export function originRule(allowed: readonly string[], boundToLoopback: boolean): OriginRule {
  const exact = new Set(allowed.map((origin) => new URL(origin).origin));
  return remembered((origin) => {
    if (origin === undefined) return true;
    if (exact.has(origin)) return true;
    return boundToLoopback && isLoopbackOrigin(origin);
  });
}

function isLoopbackOrigin(origin: string): boolean {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.origin === origin && isLoopback(url.hostname);
}
