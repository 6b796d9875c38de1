/** What a measured process has used so far. */
export interface Usage {
  /** User and system time, in microseconds. */
  readonly cpuUs: number;
  readonly rssBytes: number;
}

// For `node --import` in a process with an IPC channel: answers `usage`, and ends when whoever asks is gone.
process.on('message', (message) => {
  if (message !== 'usage') return;
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuUs: user + system, rssBytes: process.memoryUsage.rss() } satisfies Usage);
});
process.on('disconnect', () => process.exit());
