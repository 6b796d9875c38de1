import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An endpoint of an authorization server that takes forms. */
export interface FormServer {
  readonly url: string;
  readonly received: { readonly headers: IncomingMessage['headers']; readonly form: URLSearchParams }[];
  /** `down` cuts the connection. */
  answer: 'down' | ((form: URLSearchParams) => { readonly status?: number; readonly body: unknown } | Promise<never>);
  close(): Promise<void>;
}

/** Serves on a free loopback port. */
export async function formServer(answer: FormServer['answer']): Promise<FormServer> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      forms.received.push({ headers: request.headers, form });
      if (forms.answer === 'down') return request.socket.destroy();
      const { status = 200, body } = await forms.answer(form);
      return response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const forms: FormServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/form`,
    received: [],
    answer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return forms;
}
