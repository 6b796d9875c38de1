import type { IncomingMessage } from 'node:http';
import type { RequestFacts } from '@sallyport/auth';

/** What a proof of possession is compared with (RFC 9449 section 4.3): the method, the URL as clients see it, and the proof. */
export function requestFacts({ method = 'POST', headers: { dpop } }: IncomingMessage, url: string): RequestFacts {
  return { method, url, ...(typeof dpop === 'string' ? { dpop } : {}) };
}
