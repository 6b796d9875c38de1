/** Tells clients that listen: subscriptions of 2026-07-28, and sessions of the 2025 era. Nobody listening is fine. */
export interface Changes {
  toolsChanged(): void;
  promptsChanged(): void;
  resourcesChanged(): void;
  /** For subscriptions of 2026-07-28 that named this URI. In a session the server's own subscribe handler knows who asked. */
  resourceUpdated(uri: string): void;
}
