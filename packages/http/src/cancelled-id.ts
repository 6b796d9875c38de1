/** The request that a `notifications/cancelled` names, as a text; `undefined` for any other message. */
export function cancelledId(message: unknown): string | undefined {
  const { method, params } = (message ?? {}) as { readonly method?: unknown; readonly params?: unknown };
  if (method !== 'notifications/cancelled') return undefined;
  const { requestId } = (params ?? {}) as { readonly requestId?: unknown };
  return typeof requestId === 'string' || typeof requestId === 'number' ? String(requestId) : undefined;
}
