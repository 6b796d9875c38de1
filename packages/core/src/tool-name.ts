import { PolicyError } from './policy-error.js';

const valid = /^[A-Za-z0-9_.-]{1,128}$/;

/** Throws unless the name is one the protocol allows (MCP 2025-11-25 and 2026-07-28, tool names). */
export function assertToolName(name: string): void {
  if (!valid.test(name)) throw new PolicyError(name, 'name', 'must be 1 to 128 of A–Z a–z 0–9 _ . -');
}
