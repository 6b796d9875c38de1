import type { Connections } from './exchange.js';
import { initializeMessage, message, type Sender } from './message.js';

/**
 * Begins as a client of the sender's version does: of the 2025 era with `initialize`, and with `notifications/initialized` where that
 * opens a session. Resolves to the sender as it is from then on, also when nobody answered. Never rejects.
 */
export async function greet(line: Connections, sender: Sender, id: number, signal: AbortSignal): Promise<Sender> {
  if (sender.protocol === '2026-07-28') return sender;
  const answer = await line.post(initializeMessage(sender, id), id, signal);
  const sessionId = 'headers' in answer ? answer.headers['mcp-session-id'] : undefined;
  if (typeof sessionId !== 'string') return sender;
  const known = { ...sender, sessionId };
  await line.post(message(known, 'notifications/initialized', undefined), undefined, signal);
  return known;
}
