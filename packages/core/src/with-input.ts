/** What `validate` puts on the call. */
export interface WithInput {
  /** The arguments as the tool's schema made them. */
  readonly input: unknown;
  /** The caller's idempotency key, taken out of the arguments or `_meta`. */
  readonly idempotencyKey: string | undefined;
  /** Of a write: its arguments as they were sent, without the key. To recognise a repeat by; a handler reads `input`. */
  readonly sent?: unknown;
}
