/** With a zone, so that it does not depend on that of a server or a computer; a day begins in UTC. */
const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?$/;

/** A time of ISO 8601 as Postgres takes it in any session. Throws a `TypeError` for what is none, and for one without a zone. */
export function auditTime(text: string): string {
  if (Number.isNaN(Date.parse(text)) || !iso.test(text)) {
    throw new TypeError(
      `${JSON.stringify(text)} is not an ISO 8601 time with a zone: 2026-01-31 (which begins in UTC), 2026-01-31T12:00:00Z`,
    );
  }
  return text.includes('T') ? text : `${text}T00:00:00Z`;
}
