import type { Admission, AdmissionRequest } from '@sallyport/core';
import type { KeyOf } from './key-layout.js';
import type { RedisClient } from './redis-client.js';
import { type Script, type ScriptValue, script } from './script.js';

/** The verbs of an admission store, each one script of `lua/`. */
export interface AdmissionScripts {
  readonly admit: Script;
  readonly renew: Script;
  readonly release: Script;
  readonly withdraw: Script;
}

/** Loads them on a connection. */
export function admissionScripts(redis: RedisClient): AdmissionScripts {
  return {
    admit: script(redis, 'admit'),
    renew: script(redis, 'renew'),
    release: script(redis, 'release'),
    withdraw: script(redis, 'withdraw'),
  };
}

/** All keys of a request: the admission's, then its windows', then its leases'. */
export function admissionKeys(key: KeyOf, { id, tenant, windows, leases }: AdmissionRequest): string[] {
  const keys = [key(tenant, 'admission', id)];
  for (const window of windows) keys.push(key(tenant, 'window', window.key));
  for (const lease of leases) keys.push(key(tenant, 'lease', lease.key));
  return keys;
}

/** The keys of its leases alone. */
export function leaseKeys(key: KeyOf, { tenant, leases }: AdmissionRequest): string[] {
  return leases.map((lease) => key(tenant, 'lease', lease.key));
}

/** ARGV of `admit.lua`. */
export function admitArguments(request: AdmissionRequest, deadline: number, rememberMs: number): ScriptValue[] {
  const { id, windows, leases, leaseMs } = request;
  const args: ScriptValue[] = [id, deadline, leaseMs, rememberMs, windows.length];
  for (const { windowMs, calendar, limit, cost } of windows) args.push(calendar ?? windowMs, limit, cost);
  for (const { limit } of leases) args.push(limit);
  return args;
}

/** ARGV of `withdraw.lua`. */
export function withdrawArguments({ id, windows }: AdmissionRequest): ScriptValue[] {
  const args: ScriptValue[] = [id, windows.length];
  for (const { windowMs, calendar, cost } of windows) args.push(calendar ?? windowMs, cost);
  return args;
}

/** What `admit.lua` replied: a decision, or that it came too late for one. */
export type AdmitReply = Admission | { readonly tooLate: true; readonly atMs: number };

/** Reads the reply of `admit.lua`. */
export function admitReply(reply: unknown, { windows, leases }: AdmissionRequest): AdmitReply {
  const [verdict, at, ...rest] = reply as readonly [number, string, ...number[]];
  const atMs = Number(at);
  if (verdict === -1) return { tooLate: true, atMs };
  if (verdict === 1) return { admitted: true, atMs, remaining: rest };
  const [which = 0, retryAfterMs = 0, ...remaining] = rest;
  const window = windows[which - 1];
  const refusing = window ?? leases[which - 1 - windows.length];
  const refused = { limit: refusing?.reached ?? 'a limit is reached', retryAfterMs, atMs, remaining };
  return { admitted: false, ...refused, ...(window?.calendar === undefined ? {} : { isBudget: true }) };
}
