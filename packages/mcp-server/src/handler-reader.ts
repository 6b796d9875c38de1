import type { McpServer, ServerContext } from '@modelcontextprotocol/server';
import {
  type AdapterOptions,
  type HandlerSetting,
  internalsOf,
  methodAnswer,
  type OfficialInternals,
} from '@sallyport/core/adapter';
import { handlerContext } from './handler-context.js';
import { isListMethod, listPage } from './list-page.js';
import { runRequest } from './run-request.js';

type Handler = (requestOrParams: unknown, ctx: ServerContext) => unknown;
/** What `setRequestHandler` takes after the method. With schemas, handlers get the `params` and not the whole request. */
type Rest = [handler: Handler] | [schemas: object, handler: Handler];

/** Reads the arguments of `setRequestHandler(method, handler)` and of `setRequestHandler(method, schemas, handler)`. */
export function handlerReader(server: McpServer, options: AdapterOptions) {
  const sdk = marksItsOwn(internalsOf(server));
  return (method: string, ...rest: Rest): HandlerSetting => {
    const handler = rest.at(-1) as Handler;
    const wantsParams = rest.length > 1;
    // The SDK's own lists are whole and know no cursor; an author's handler answers for its own pages.
    const paged = sdk.installs && isListMethod(method) ? method : undefined;
    return {
      method,
      run: (params, ctx, call) =>
        handler(wantsParams ? params : { method, params }, handlerContext(ctx as ServerContext, call)),
      through: (guard): Handler => {
        return async (request, ctx) => {
          const params = wantsParams ? request : (request as { params?: unknown }).params;
          const answer = methodAnswer(await runRequest(server.server, guard, { params, input: params }, ctx, options));
          if (paged === undefined) return answer;
          return listPage(server.server, paged, answer, (params as { cursor?: unknown } | undefined)?.cursor, ctx);
        };
      },
    };
  };
}

/** Tells, while a handler is being set, whether it is the SDK that sets one of its own. */
function marksItsOwn(internals: OfficialInternals): { readonly installs: boolean } {
  let depth = 0;
  for (const name of ['setResourceRequestHandlers', 'setPromptRequestHandlers'] as const) {
    const original = internals[name].bind(internals);
    internals[name] = () => {
      depth++;
      try {
        original();
      } finally {
        depth--;
      }
    };
  }
  return {
    get installs() {
      return depth > 0;
    },
  };
}
