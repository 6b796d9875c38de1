/** How much a call matters when not all can run; the most important first. */
export type Priority = 'critical' | 'default' | 'batch' | 'background';

/** The most important first: in this order calls get what they wait for. */
export const priorities: readonly Priority[] = ['critical', 'default', 'batch', 'background'];

/** Where a client asks for a lower priority than its calls have. It cannot ask for a higher one. */
export const priorityMetaKey = 'dev.sallyport/priority';

/** Whether the value is one of the four. */
export function isPriority(value: unknown): value is Priority {
  return (priorities as readonly unknown[]).includes(value);
}

/** The less important of two; who says nothing lowers nothing. */
export function lower(one: Priority | undefined, other: Priority | undefined): Priority | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return priorities.indexOf(one) >= priorities.indexOf(other) ? one : other;
}
