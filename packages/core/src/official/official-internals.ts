import type { OfficialMcpServer } from './official-server.js';

/** What an official `McpServer` keeps private, in both generations, and an adapter cannot do without. Nothing else of it is touched. */
export interface OfficialInternals {
  readonly _registeredTools: Readonly<Record<string, object>>;
  readonly _maxToolInputElements?: number;
  _toolHandlersInitialized: boolean;
  _resourceHandlersInitialized: boolean;
  _promptHandlersInitialized: boolean;
  _completionHandlerInitialized: boolean;
  setResourceRequestHandlers(): void;
  setPromptRequestHandlers(): void;
  setCompletionRequestHandler(): void;
  validateToolOutput(tool: object, result: object, name: string): Promise<void>;
}

const expected: { readonly [field in keyof OfficialInternals]?: string } = {
  _registeredTools: 'object',
  _toolHandlersInitialized: 'boolean',
  _resourceHandlersInitialized: 'boolean',
  _promptHandlersInitialized: 'boolean',
  _completionHandlerInitialized: 'boolean',
  setResourceRequestHandlers: 'function',
  setPromptRequestHandlers: 'function',
  setCompletionRequestHandler: 'function',
  validateToolOutput: 'function',
};

/** Throws when the SDK is not built as expected: at start-up, rather than leaving something unguarded. */
export function internalsOf(server: OfficialMcpServer): OfficialInternals {
  const internals = server as unknown as OfficialInternals;
  for (const [field, type] of Object.entries(expected)) {
    if (typeof internals[field as keyof OfficialInternals] === type) continue;
    throw new TypeError(`Sallyport does not know this version of the MCP SDK: its McpServer has no ${field}.`);
  }
  return internals;
}
