import pg, { type Client } from 'pg';

/** What `pg` has but its types do not say. */
interface Cancellable {
  readonly host: string;
  readonly port: number;
  readonly ssl: unknown;
  readonly sslNegotiation: string;
  readonly processID: number | null;
  readonly secretKey: number | null;
}
interface CancelConnection {
  connect(port: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processID: number, secretKey: number): void;
  on(event: 'connect' | 'sslconnect' | 'end' | 'error', listener: () => void): void;
  readonly stream: { destroy(): void };
}

/**
 * Asks the server, on a connection of its own, to cancel what this client is running. The request names the backend by process
 * id and secret key, so it can end nothing else; it needs no login, no free connection and no permission. Resolves when the
 * server has passed it on, or when that failed; the client must not be used for other work afterwards, because the request may
 * still be on its way.
 */
export function cancelBackend(client: Client, timeoutMs = 2_000): Promise<void> {
  const { host, port, ssl, sslNegotiation, processID, secretKey } = client as unknown as Cancellable;
  if (processID === null || secretKey === null) return Promise.resolve();
  const connection = new (pg.Connection as unknown as new (config: object) => CancelConnection)({
    ssl,
    sslNegotiation,
  });
  return new Promise((resolve) => {
    const timer = setTimeout(() => connection.stream.destroy(), timeoutMs);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const send = (): void => connection.cancel(processID, secretKey);
    connection.on('error', done);
    connection.on('end', done);
    connection.on('sslconnect', send);
    connection.on('connect', () => {
      if (!ssl) send();
      else if (sslNegotiation !== 'direct') connection.requestSsl();
    });
    if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`);
    else connection.connect(port, host);
  });
}
