import type { IncomingMessage } from 'node:http';
import { refused } from './refusals.js';
import { remembered } from './remembered.js';

const json = /^application\/json\s*(?:;\s*(?:charset\s*=\s*"?utf-8"?\s*)?)?$/i;

const isJson = remembered((contentType = '') => json.test(contentType));

const takesBoth = remembered((accept = '*/*') => {
  const accepted = acceptedTypes(accept);
  return accepted('application', 'json') && accepted('text', 'event-stream');
});

/** Throws 415 unless the body is plain JSON, and 406 unless the client takes both forms an answer can have. */
export function assertMediaTypes({ headers }: IncomingMessage): void {
  if (!isJson(headers['content-type'])) throw refused('unsupported_media_type', { Accept: 'application/json' });
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw refused('unsupported_encoding', { 'Accept-Encoding': 'identity' });
  if (!takesBoth(headers.accept)) throw refused('not_acceptable');
}

/** Throws 406 unless the client takes an event stream. */
export function assertStreamAccepted({ headers }: IncomingMessage): void {
  if (!acceptedTypes(headers.accept ?? '*/*')('text', 'event-stream')) throw refused('stream_not_acceptable');
}

/** RFC 9110 section 12.5.1, as far as a yes or no needs it: a range with `q=0` refuses. */
function acceptedTypes(accept: string): (type: string, subtype: string) => boolean {
  const ranges = new Map<string, boolean>();
  for (const range of accept.toLowerCase().split(',')) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim());
    ranges.set(name, !parameters.some((parameter) => /^q\s*=\s*0(?:\.0{0,3})?$/.test(parameter)));
  }
  return (type, subtype) => ranges.get(`${type}/${subtype}`) ?? ranges.get(`${type}/*`) ?? ranges.get('*/*') ?? false;
}
