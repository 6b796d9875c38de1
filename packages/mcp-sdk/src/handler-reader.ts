import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { getMethodLiteral } from '@modelcontextprotocol/sdk/server/zod-json-schema-compat.js';
import { type AdapterOptions, dispatch, type HandlerSetting, methodAnswer } from '@sallyport/core/adapter';
import { handlerExtra } from './handler-extra.js';
import { type Extra, incoming } from './incoming.js';

type Schema = Parameters<Server['setRequestHandler']>[0];
type Handler = (request: { method: string; params?: unknown }, extra: Extra) => unknown;

/** Reads the arguments of `setRequestHandler(schema, handler)`. */
export function handlerReader(server: Server, options: AdapterOptions) {
  return (schema: Schema, handler: Handler): HandlerSetting => {
    const method = getMethodLiteral(schema);
    return {
      method,
      run: (params, extra, call) => handler({ method, params }, handlerExtra(extra as Extra, call)),
      through: (guard): Handler => {
        return async ({ params }, extra) =>
          methodAnswer(await dispatch(guard, incoming(server, params, extra), options));
      },
    };
  };
}
