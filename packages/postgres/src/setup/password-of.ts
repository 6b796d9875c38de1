/**
 * The password in a URL; `undefined` where there is none. Throws a `TypeError`, without the URL, for one that cannot be read.
 *
 * @example
 * ```ts
 * import { passwordOf } from '@sallyport/postgres';
 *
 * passwordOf('postgres://app:secret@127.0.0.1/shop'); // 'secret'
 * ```
 */
export function passwordOf(url: string | undefined): string | undefined {
  if (url === undefined || url === '') return undefined;
  try {
    const password = decodeURIComponent(new URL(url).password);
    return password === '' ? undefined : password;
  } catch {
    // What it says holds the password.
    throw new TypeError('the URL of a database cannot be read; in a password write % as %25, @ as %40 and / as %2F');
  }
}
