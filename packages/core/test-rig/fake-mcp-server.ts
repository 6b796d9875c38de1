import type { AdoptableTool } from '../src/official/adopt-tool.js';
import type { OfficialInternals } from '../src/official/official-internals.js';
import type { OfficialMcpServer, OfficialServer } from '../src/official/official-server.js';

type FakeHandler = (request: object, sdk: object) => unknown;

/** An official low-level server that keeps its handlers, and what it was asked to do, for the test. */
export class FakeServer implements OfficialServer {
  transport: object | undefined;
  readonly handlers = new Map<string, FakeHandler>();
  /** Where both generations keep them. */
  readonly _requestHandlers = this.handlers;
  announced = 0;
  announce = async (): Promise<void> => {};

  setRequestHandler(method: string, handler: FakeHandler): void {
    this.handlers.set(method, handler);
  }

  assertCanSetRequestHandler(method: string): void {
    if (this.handlers.has(method)) throw new Error(`A request handler for ${method} already exists`);
  }

  removeRequestHandler(method: string): void {
    this.handlers.delete(method);
  }

  sendToolListChanged(): Promise<void> {
    this.announced++;
    return this.announce();
  }
}

/** An official `McpServer`, as far as both generations are built alike. */
export class FakeMcpServer implements OfficialMcpServer<FakeServer>, OfficialInternals {
  readonly server = new FakeServer();
  readonly _registeredTools: Record<string, AdoptableTool> = {};
  _toolHandlersInitialized = false;
  _resourceHandlersInitialized = false;
  _promptHandlersInitialized = false;
  _completionHandlerInitialized = false;
  readonly #handler: FakeHandler;

  /** `handler` is what the SDK sets for every method. */
  constructor(handler: FakeHandler = () => ({})) {
    this.#handler = handler;
  }

  isConnected(): boolean {
    return this.server.transport !== undefined;
  }

  registerTool(name: string): AdoptableTool {
    const tool: AdoptableTool = {
      enabled: true,
      update: (updates: { readonly name?: string | null; readonly enabled?: boolean }) => {
        tool.enabled = updates.enabled ?? tool.enabled;
        if (updates.name !== undefined) delete this._registeredTools[name];
        if (updates.name) this._registeredTools[updates.name] = tool;
      },
      remove: () => tool.update({ name: null }),
    };
    this._registeredTools[name] = tool;
    return tool;
  }

  setToolRequestHandlers(): void {
    if (!this._toolHandlersInitialized) this.#set(['tools/list', 'tools/call']);
    this._toolHandlersInitialized = true;
  }

  setResourceRequestHandlers(): void {
    if (!this._resourceHandlersInitialized) {
      this.#set(['resources/list', 'resources/templates/list', 'resources/read']);
    }
    this._resourceHandlersInitialized = true;
  }

  setPromptRequestHandlers(): void {
    if (!this._promptHandlersInitialized) this.#set(['prompts/list', 'prompts/get']);
    this._promptHandlersInitialized = true;
  }

  setCompletionRequestHandler(): void {
    if (!this._completionHandlerInitialized) this.#set(['completion/complete']);
    this._completionHandlerInitialized = true;
  }

  async validateToolOutput(): Promise<void> {}

  #set(methods: readonly string[]): void {
    for (const method of methods) {
      this.server.assertCanSetRequestHandler(method);
      this.server.setRequestHandler(method, this.#handler);
    }
  }
}
