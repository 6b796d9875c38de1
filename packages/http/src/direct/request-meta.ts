import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  PROTOCOL_VERSION_META_KEY,
} from '@modelcontextprotocol/server';
import type { OrdinaryRequest } from './ordinary-request.js';

type Meta = Readonly<Record<string, unknown>>;

const envelopeKeys = [PROTOCOL_VERSION_META_KEY, CLIENT_INFO_META_KEY, CLIENT_CAPABILITIES_META_KEY];

/** `_meta` as handlers see it: without the envelope, `undefined` when nothing else is in it. */
export function metaOf({ era, meta }: OrdinaryRequest): Meta | undefined {
  if (era === 'legacy' || meta === undefined) return meta;
  let rest: Record<string, unknown> | undefined;
  for (const key in meta) {
    if (envelopeKeys.includes(key)) continue;
    rest ??= {};
    rest[key] = meta[key];
  }
  return rest;
}

/** The envelope of 2026-07-28 alone. */
export function envelopeOf(meta: Meta): Meta {
  return Object.fromEntries(envelopeKeys.filter((key) => key in meta).map((key) => [key, meta[key]]));
}
