import { type Principal, ToolError } from '@sallyport/core';
import { Refused, send } from '../answer.js';
import type { Drain } from '../drain.js';
import type { EdgeAuth } from '../edge-auth.js';
import type { Endpoint } from '../endpoint.js';
import { assertStreamAccepted } from '../media-types.js';
import { typedAnswer } from '../rpc-error.js';
import type { LegacySessions } from './legacy-sessions.js';

/** `GET` opens the stream of a session, `DELETE` ends it. Who calls is settled first, as for a message. */
export function sessionEndpoint(auth: EdgeAuth, sessions: LegacySessions, drain: Drain): Endpoint {
  return async (request, response, address) => {
    if (drain.refusing)
      throw new Refused(typedAnswer(new ToolError('SHUTTING_DOWN', 'This instance is shutting down.')));
    let principal: Principal;
    try {
      principal = await auth.authenticate(request, address);
    } catch (error) {
      throw auth.refused(error, request, address);
    }
    if (request.method === 'DELETE') {
      await sessions.delete(request, principal);
      send(response, { status: 200 });
      return;
    }
    assertStreamAccepted(request);
    await sessions.get(request, response, principal);
  };
}
