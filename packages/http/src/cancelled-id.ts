/** The id of the request that a `notifications/cancelled` names; `undefined` for any other message. */
export function cancelledId(message: unknown): string | number | undefined {
  const { method, params } = (message ?? {}) as { readonly method?: unknown; readonly params?: unknown };
  if (method !== 'notifications/cancelled') return undefined;
  const { requestId } = (params ?? {}) as { readonly requestId?: unknown };
  return typeof requestId === 'string' || typeof requestId === 'number' ? requestId : undefined;
}
