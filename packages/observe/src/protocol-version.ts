import type { Call } from '@sallyport/core';
import { headerOf } from '@sallyport/core/adapter';

/** The revision that a call names: in its `_meta` from 2026-07-28 on, before that in a header of its request. */
export function protocolVersion({ meta, sdk }: Call): string | undefined {
  const version = meta['io.modelcontextprotocol/protocolVersion'] ?? headerOf(sdk, 'mcp-protocol-version');
  return typeof version === 'string' && /^\d{4}-\d\d-\d\d$/.test(version) ? version : undefined;
}

/** Whether it may be a call of a session: the first revision without them is 2026-07-28. */
export function hasSessions(version: string | undefined): boolean {
  return version === undefined || version < '2026-07-28';
}
