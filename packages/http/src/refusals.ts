import { Refused } from './answer.js';
import { type RpcId, rpcError } from './rpc-error.js';

interface Refusal {
  readonly status: number;
  readonly message: string;
  /** JSON-RPC code: one of the standard's where it has one, else the HTTP status. Those of −32099…−32000 are not ours to give. */
  readonly code?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const parseError = -32700;
const invalidRequest = -32600;

/** Everything the edge refuses for its form, before anybody's rights are looked at. The key is `error.data.reason`. */
const refusals = {
  not_http: { status: 400, message: 'This is not an HTTP request.' },
  headers_too_large: { status: 431, message: 'The headers are larger than this server takes.' },
  request_timeout: { status: 408, message: 'The request did not arrive in time.' },
  origin_not_allowed: { status: 403, message: 'This Origin may not call this server.' },
  host_not_allowed: { status: 403, message: 'This server does not answer under this Host.' },
  not_from_here: { status: 403, message: 'This server answers callers on its own machine only.' },
  no_host: { status: 400, message: 'HTTP/1.1 requires a Host header.' },
  duplicate_header: { status: 400, message: 'A header that must be single occurs more than once.' },
  too_many_headers: { status: 431, message: 'The request has too many headers.' },
  not_found: { status: 404, message: 'There is nothing at this path.' },
  method_not_allowed: { status: 405, message: 'This path does not have this method.' },
  not_acceptable: { status: 406, message: 'Accept must allow application/json and text/event-stream.' },
  stream_not_acceptable: { status: 406, message: 'Accept must allow text/event-stream.' },
  no_session_id: { status: 400, message: 'This request needs the Mcp-Session-Id that initialize was answered with.' },
  unknown_session: { status: 404, message: 'There is no such session, or it has ended. Start one with initialize.' },
  unsupported_media_type: { status: 415, message: 'Content-Type must be application/json in UTF-8.' },
  unsupported_encoding: { status: 415, message: 'The body must not be compressed.' },
  unsupported_transfer_coding: { status: 501, message: 'Transfer-Encoding must be chunked and nothing else.' },
  expectation_failed: { status: 417, message: 'This expectation cannot be met.' },
  body_too_large: { status: 413, message: 'The body is larger than this server takes.' },
  body_consumed: { status: 500, message: 'Something in front of this endpoint has read the body and not kept it.' },
  invalid_utf8: { status: 400, code: parseError, message: 'Parse error: the body is not UTF-8.' },
  invalid_json: { status: 400, code: parseError, message: 'Parse error: the body is not JSON.' },
  too_complex: {
    status: 400,
    code: invalidRequest,
    message:
      'Invalid Request: the JSON is nested more than 64 deep, has more than 50,000 elements, or says more than is read of such a message.',
  },
  meta_too_large: {
    status: 400,
    code: invalidRequest,
    message: 'Invalid Request: _meta has too many members or elements.',
  },
  name_too_long: {
    status: 400,
    code: invalidRequest,
    message:
      'Invalid Request: the method, name, URI, task, progress token, protocol version or id of a subscription is longer than any there is.',
  },
  duplicate_member: {
    status: 400,
    code: invalidRequest,
    message: 'Invalid Request: a name occurs twice in one object.',
  },
  id_in_use: {
    status: 400,
    code: invalidRequest,
    message: 'Invalid Request: a request with this id is not answered yet.',
  },
  batch: {
    status: 400,
    code: invalidRequest,
    message: 'Invalid Request: send one message per request; batches are not supported.',
  },
} as const satisfies Record<string, Refusal>;

/** Why the edge refused. */
export type Reason = keyof typeof refusals;

/** The refusal as something to throw. */
export function refused(reason: Reason, headers: Readonly<Record<string, string>> = {}, id: RpcId = null): Refused {
  const refusal: Refusal = refusals[reason];
  const { status, message, code = status } = refusal;
  return new Refused({ status, headers, body: rpcError(code, message, { reason }, id) });
}
