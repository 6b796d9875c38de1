import { Cluster } from 'ioredis';
import type { RedisClient } from './redis-client.js';

/** Messages of one channel, over a connection of its own that is made like `redis`. */
export class DenyListFeed {
  readonly #connection: RedisClient;
  readonly #channel: string;
  #subscribed = false;

  constructor(redis: RedisClient, channel: string, onMessage: (message: string) => void) {
    this.#connection = redis instanceof Cluster ? redis.duplicate() : redis.duplicate();
    this.#channel = channel;
    // Why it failed does not matter: nobody relies on messages.
    this.#connection.on('error', () => {});
    this.#connection.on('message', (_: string, message: string) => onMessage(message));
    this.#connection.on('ready', () => this.subscribe().catch(() => {}));
    this.#connection.on('close', () => {
      this.#subscribed = false;
    });
  }

  /** Subscribes unless it has; safe to call at any time, so that a subscription that was refused or lost is made anew. */
  async subscribe(): Promise<void> {
    if (this.#subscribed || this.#connection.status !== 'ready') return;
    await this.#connection.subscribe(this.#channel);
    this.#subscribed = true;
  }

  close(): void {
    this.#connection.disconnect();
  }
}
