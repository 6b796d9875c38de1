/**
 * The password in a URL; `undefined` where there is none.
 *
 * @example
 * ```ts
 * import { passwordOf } from '@sallyport/postgres';
 *
 * passwordOf('postgres://app:secret@127.0.0.1/shop'); // 'secret'
 * ```
 */
export function passwordOf(url: string | undefined): string | undefined {
  const password = url === undefined || url === '' ? '' : decodeURIComponent(new URL(url).password);
  return password === '' ? undefined : password;
}
