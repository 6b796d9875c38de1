/** Tells whoever started this server where it is, and with which token it is called. */
export function ready(url: string, token?: string): void {
  process.stdout.write(`ready ${url}${token === undefined ? '' : ` ${token}`}\n`);
}
