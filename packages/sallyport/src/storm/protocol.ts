/** The versions of the protocol that agents of a storm speak. */
export const protocols = ['2026-07-28', '2025-11-25'] as const;

/** One of them. */
export type Protocol = (typeof protocols)[number];
