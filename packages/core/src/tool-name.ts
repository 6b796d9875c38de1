import { PolicyError } from './policy-error.js';

const valid = /^[A-Za-z0-9_.-]{1,128}$/;

/** Throws unless the name is one the protocol allows (MCP 2025-11-25 and 2026-07-28, tool names). */
export function assertToolName(name: unknown): asserts name is string {
  if (typeof name === 'string' && valid.test(name)) return;
  throw new PolicyError(String(name), 'name', 'must be 1 to 128 of A–Z a–z 0–9 _ . -');
}
