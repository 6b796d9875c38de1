/** The part of an official low-level `Server` that is the same in both generations of the SDK. */
export interface OfficialServer {
  /** `undefined` until the server is connected. */
  readonly transport?: unknown;
  setRequestHandler(...args: never): void;
  /** Throws when the method has a handler. */
  assertCanSetRequestHandler(method: string): void;
  removeRequestHandler(method: string): void;
  sendToolListChanged(): Promise<void>;
}

/** The same of an official `McpServer`. */
export interface OfficialMcpServer<S extends OfficialServer = OfficialServer> {
  readonly server: S;
  isConnected(): boolean;
}

/** The low-level server of either. */
export function lowLevelOf<S extends OfficialServer>(server: S | OfficialMcpServer<S>): S {
  return 'server' in server ? server.server : server;
}
