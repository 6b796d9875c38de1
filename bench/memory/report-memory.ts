import { collectGarbage } from './collect-garbage.js';
import type { Memory } from './sample.js';

// Imported first by a measured server, over an IPC channel: answers `memory`, and ends when whoever asks is gone.
process.on('message', (message) => {
  if (message !== 'memory') return;
  const rssBytes = process.memoryUsage.rss();
  collectGarbage();
  process.send?.({ rssBytes, heapBytes: process.memoryUsage().heapUsed } satisfies Memory);
});
process.on('disconnect', () => process.exit());
