import type { IncomingMessage } from 'node:http';
import type { RequestFacts } from '@sallyport/auth';

/**
 * What a proof of possession is compared with (RFC 9449 section 4.3): the method, the URL as clients see it, and the proof. And
 * the connection, which most requests share with the one before.
 */
export function requestFacts({ method = 'POST', headers, socket }: IncomingMessage, url: string): RequestFacts {
  const { dpop } = headers;
  const facts = { method, url, connection: socket };
  return typeof dpop === 'string' ? { ...facts, dpop } : facts;
}
