import type { Call } from '@sallyport/core';

/** The revision that a call of 2026-07-28 or later names; the earlier ones say it in a header that a call does not carry. */
export function protocolVersion({ meta }: Call): string | undefined {
  const version = meta['io.modelcontextprotocol/protocolVersion'];
  return typeof version === 'string' && /^\d{4}-\d\d-\d\d$/.test(version) ? version : undefined;
}
