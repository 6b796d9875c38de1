import {
  Client as Client2,
  type DpopSession,
  StreamableHTTPClientTransport as Http2,
  type OAuthClientProvider as Provider2,
} from '@modelcontextprotocol/client';
import type { OAuthClientProvider as Provider1 } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as Http1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { redirectUri } from './authorization-server.js';
import type { Answer } from './clients.js';

/** What a client keeps between its requests: the memory that an application gives to the SDK. */
export class OAuthMemory {
  readonly redirectUrl = redirectUri;
  readonly clientMetadata: {
    client_name: string;
    redirect_uris: string[];
    grant_types: string[];
    token_endpoint_auth_method: string;
  };
  /** Makes a 2.x client bind its tokens to a key (RFC 9449). */
  dpop: (() => Promise<DpopSession>) | undefined;
  /** Where the SDK sent the user, last. */
  authorizationUrl: URL | undefined;
  /** All of them. */
  readonly sent: URL[] = [];
  #client: unknown;
  #tokens: unknown;
  #verifier = '';

  /** `registered`: a client id the server knows already. Default: the SDK registers one. */
  constructor(registered?: string) {
    if (registered !== undefined) this.#client = { client_id: registered };
    this.clientMetadata = {
      client_name: 'test',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'none',
    };
  }

  clientInformation = () => this.#client;
  saveClientInformation = (client: unknown): void => {
    this.#client = client;
  };
  tokens = () => this.#tokens as { access_token: string; refresh_token?: string; scope?: string } | undefined;
  saveTokens = (tokens: unknown): void => {
    this.#tokens = tokens;
  };
  redirectToAuthorization = (url: URL): void => {
    this.authorizationUrl = url;
    this.sent.push(url);
  };
  saveCodeVerifier = (verifier: string): void => {
    this.#verifier = verifier;
  };
  codeVerifier = () => this.#verifier;
}

/** An official client that does its own OAuth. */
export interface OAuthClient {
  /** Rejects when the user has to be asked first. */
  connect(): Promise<void>;
  /** After the user came back. */
  finish(callback: URL): Promise<void>;
  call(name: string, args?: Record<string, unknown>): Promise<Answer>;
  names(): Promise<string[]>;
  close(): Promise<void>;
}

const info = { name: 'oauth-test', version: '1.0.0' };

/** The official clients, by the protocol they speak. */
export const oauthClients = {
  '1.x': (url: string, memory: OAuthMemory): OAuthClient => {
    let client = new Client1(info);
    let transport = new Http1(new URL(url), { authProvider: memory as unknown as Provider1 });
    return {
      async connect() {
        client = new Client1(info);
        transport = new Http1(new URL(url), { authProvider: memory as unknown as Provider1 });
        await client.connect(transport as Parameters<typeof client.connect>[0]);
      },
      finish: (callback) => transport.finishAuth(callback.searchParams.get('code') ?? ''),
      call: async (name, args = {}) => (await client.callTool({ name, arguments: args })) as Answer,
      names: async () => (await client.listTools()).tools.map((tool) => tool.name),
      close: () => client.close(),
    };
  },
  '2.x in the 2025 era': (url: string, memory: OAuthMemory) => second(url, memory, 'legacy'),
  '2.x on 2026-07-28': (url: string, memory: OAuthMemory) => second(url, memory, { pin: '2026-07-28' }),
  '2.x, negotiating': (url: string, memory: OAuthMemory) => second(url, memory, 'auto'),
} as const;

function second(url: string, memory: OAuthMemory, mode: 'legacy' | 'auto' | { pin: string }): OAuthClient {
  const authProvider = memory as unknown as Provider2;
  let client = new Client2(info, { versionNegotiation: { mode } });
  let transport = new Http2(new URL(url), { authProvider });
  return {
    async connect() {
      client = new Client2(info, { versionNegotiation: { mode } });
      transport = new Http2(new URL(url), { authProvider });
      await client.connect(transport);
    },
    finish: (callback) => transport.finishAuth(callback.searchParams),
    call: async (name, args = {}) => (await client.callTool({ name, arguments: args })) as Answer,
    names: async () => (await client.listTools()).tools.map((tool) => tool.name),
    close: () => client.close(),
  };
}
