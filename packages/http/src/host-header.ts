import { isLoopback } from '@sallyport/auth';
import { remembered } from './remembered.js';

/** Whether a request with this `Host` may pass. */
export type HostRule = (host: string | undefined) => boolean;

const form = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;

/**
 * Against DNS rebinding: a page of evil.example whose name was pointed at 127.0.0.1 still sends `Host: evil.example`. On a
 * loopback bind only loopback names and the given ones pass; on another bind the given ones, or any if none is given.
 * Ports do not matter.
 */
export function hostRule(allowed: readonly string[], boundToLoopback: boolean): HostRule {
  const names = new Set(allowed.map((name) => name.toLowerCase()));
  return remembered((host) => {
    const name = host === undefined ? undefined : form.exec(host)?.[1]?.toLowerCase();
    if (names.size === 0 && !boundToLoopback) return true;
    if (name === undefined) return false;
    return names.has(name) || (boundToLoopback && isLoopback(name));
  });
}
