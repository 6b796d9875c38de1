import { queryRole } from './role-names.js';

/** The URL of the query login where none is given: the same server, database and password, another user. */
export function queryUrlOf(appUrl: string): string {
  const url = new URL(appUrl);
  url.username = queryRole;
  if (url.searchParams.has('user')) url.searchParams.set('user', queryRole);
  return url.href;
}
