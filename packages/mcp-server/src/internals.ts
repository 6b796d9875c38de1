import type { CallToolResult, McpServer, RegisteredTool } from '@modelcontextprotocol/server';

/** What the SDK keeps private and an adapter cannot do without. Nothing else of it is touched. */
export interface Internals {
  readonly _registeredTools: Readonly<Record<string, RegisteredTool>>;
  readonly _maxToolInputElements?: number;
  _toolHandlersInitialized: boolean;
  _resourceHandlersInitialized: boolean;
  _promptHandlersInitialized: boolean;
  _completionHandlerInitialized: boolean;
  setResourceRequestHandlers(): void;
  setPromptRequestHandlers(): void;
  setCompletionRequestHandler(): void;
  validateToolOutput(tool: RegisteredTool, result: CallToolResult, name: string): Promise<void>;
}

const expected: { readonly [field in keyof Internals]?: string } = {
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
export function internalsOf(server: McpServer): Internals {
  const internals = server as unknown as Internals;
  for (const [field, type] of Object.entries(expected)) {
    if (typeof internals[field as keyof Internals] === type) continue;
    throw new TypeError(
      `@sallyport/mcp-server does not know this version of @modelcontextprotocol/server: no ${field}`,
    );
  }
  return internals;
}
