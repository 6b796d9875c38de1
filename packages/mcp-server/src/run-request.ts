import type { Server, ServerContext } from '@modelcontextprotocol/server';
import type { Tool } from '@sallyport/core';
import { type AdapterOptions, dispatch } from '@sallyport/core/adapter';
import { clientLacks } from './client-lacks.js';
import { incoming } from './incoming.js';
import { bindRequest } from './request-binding.js';
import { servingOf } from './serving.js';

/** Runs a tool or a guarded method for a request, under the conditions of its host. Throws what {@link bindRequest} does. */
export async function runRequest(
  server: Server,
  tool: Tool,
  request: { readonly params: unknown; readonly input: unknown },
  ctx: ServerContext,
  options: AdapterOptions,
) {
  const { track, endpoint } = servingOf(server);
  await bindRequest(ctx, request.params, endpoint);
  const tracked = track === undefined ? tool : track(tool);
  return clientLacks(await dispatch(tracked, incoming(request.input, ctx), options));
}
