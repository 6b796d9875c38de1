import { issuesText } from '../issues-text.js';
import { RpcError } from '../rpc-error.js';
import type { StandardIssue } from '../standard-schema.js';
import type { OfficialServer } from './official-server.js';

type StoredHandler = (request: unknown, sdk: unknown) => unknown;

/** What an official low-level `Server` keeps private, in both generations, and cannot be reached otherwise. */
interface ServerInternals {
  readonly _requestHandlers: Map<string, StoredHandler>;
}

const answering = new WeakSet<StoredHandler>();

/**
 * Has the handlers that the server has so far for these methods answer −32602 and a short text to params that the SDK's own
 * schema refuses; left to itself it answers −32603 and the issues of zod as they are. Throws when the SDK is not built as expected.
 */
export function answerBadParams(server: OfficialServer, methods: readonly string[]): void {
  const { _requestHandlers: handlers } = server as unknown as ServerInternals;
  if (!(handlers instanceof Map)) {
    throw new TypeError('Sallyport does not know this version of the MCP SDK: its Server has no _requestHandlers.');
  }
  for (const method of methods) {
    const handler = handlers.get(method);
    if (handler === undefined || answering.has(handler)) continue;
    const answers: StoredHandler = async (request, sdk) => {
      try {
        return await handler(request, sdk);
      } catch (thrown) {
        const issues = issuesOf(thrown);
        if (issues === undefined) throw thrown;
        throw new RpcError(-32602, `Invalid params for ${method}: ${issuesText(issues, 'params')}.`);
      }
    };
    answering.add(answers);
    handlers.set(method, answers);
  }
}

/** How the SDKs say it where they do not throw the issues: JSON in the text of an error, which has a code for `tools/call` alone. */
const inText = /^(?:MCP error -32602: )?(?:Invalid tools\/call request: )?(\[\s*\{.*\}\s*\])$/s;

/** The issues of a request that the SDK could not parse; `undefined` for every other error, which Sallyport's own never is. */
function issuesOf(thrown: unknown): readonly StandardIssue[] | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { issues, message } = thrown as Error & { readonly issues?: unknown };
  const found = Array.isArray(issues) ? issues : parsed(inText.exec(message)?.[1]);
  return (found as readonly StandardIssue[] | undefined)?.map(({ path = [], message }) => ({
    path: path[0] === 'params' ? path.slice(1) : path,
    message: message.replace(/^Invalid input: /, ''),
  }));
}

function parsed(json = ''): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
