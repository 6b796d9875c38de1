import { PassThrough } from 'node:stream';
import type { JSONRPCMessage, RequestId, Transport } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';

/** Long enough for every tool that keeps the default deadline of the stack. */
const defaultGraceMs = 35_000;

/**
 * Standard input and output as one connection that outlives its input: when that ends, requests that are open are answered
 * first, for at most `graceMs`. The SDK's own transport closes at once, and what a pipe asked last would get no answer.
 */
export class StdioWire implements Transport {
  onmessage?: (message: JSONRPCMessage) => void;
  onerror?: (error: Error) => void;
  onclose?: () => void;
  readonly #reads: StdioServerTransport;
  readonly #writes: StdioServerTransport;
  readonly #open = new Set<RequestId>();
  readonly #closed: () => void;
  readonly #graceMs: number;
  #grace: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** `closed` is told once, after the last answer. */
  constructor(
    closed: () => void,
    {
      stdin = process.stdin as NodeJS.ReadableStream,
      stdout = process.stdout as NodeJS.WritableStream,
      graceMs = defaultGraceMs,
    } = {},
  ) {
    this.#closed = closed;
    this.#graceMs = graceMs;
    this.#reads = new StdioServerTransport(stdin as never, stdout as never);
    // One that never sees the end of its input, to write with.
    this.#writes = new StdioServerTransport(new PassThrough(), stdout as never);
  }

  async start(): Promise<void> {
    this.#reads.onmessage = (message) => this.#take(message);
    this.#reads.onerror = (error) => this.onerror?.(error);
    this.#reads.onclose = () => this.#endInput();
    this.#writes.onclose = () => void this.close();
    await this.#writes.start();
    await this.#reads.start();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    await this.#writes.send(message);
    if ('id' in message && !('method' in message) && message.id !== undefined) this.#settle(message.id);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#grace);
    await this.#reads.close();
    await this.#writes.close();
    this.onclose?.();
    this.#closed();
  }

  #take(message: JSONRPCMessage): void {
    if ('method' in message) {
      // A subscription is answered when the connection ends, and a cancelled request not at all.
      if ('id' in message && message.method !== 'subscriptions/listen') this.#open.add(message.id);
      if (message.method === 'notifications/cancelled') this.#settle(message.params?.requestId as RequestId);
    }
    this.onmessage?.(message);
  }

  #settle(id: RequestId): void {
    this.#open.delete(id);
    if (this.#grace !== undefined && this.#open.size === 0) void this.close();
  }

  #endInput(): void {
    if (this.#isClosed || this.#grace !== undefined) return;
    if (this.#open.size === 0) return void this.close();
    this.#grace = setTimeout(() => void this.close(), this.#graceMs);
  }
}
