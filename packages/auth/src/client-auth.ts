/** How this server proves to an authorization server who it is. */
export interface ClientAuth {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** `client_secret_basic` (RFC 6749 section 2.3.1): both parts are form-encoded before they are joined. */
export function basicAuth({ clientId, clientSecret }: ClientAuth): string {
  const encode = (text: string) => new URLSearchParams([['', text]]).toString().slice(1);
  return `Basic ${Buffer.from(`${encode(clientId)}:${encode(clientSecret)}`).toString('base64')}`;
}
