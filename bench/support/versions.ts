import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const peers = ['@modelcontextprotocol/sdk', '@modelcontextprotocol/server', 'fastmcp', 'express', 'zod', 'autocannon'];

/** What was measured, by package; ours by commit. */
export function versions(): Readonly<Record<string, string>> {
  const installed = join(import.meta.dirname, '../node_modules');
  const ofPeer = (name: string): string => {
    const manifest: unknown = JSON.parse(readFileSync(join(installed, name, 'package.json'), 'utf8'));
    return String((manifest as { readonly version?: unknown }).version);
  };
  return { ...Object.fromEntries(peers.map((name) => [name, ofPeer(name)])), sallyport: commit() };
}

/** With `+` when something is changed that no commit has. Copies without git have none. */
function commit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    return `${git('rev-parse', '--short', 'HEAD').trim()}${git('status', '--porcelain') === '' ? '' : '+'}`;
  } catch {
    return 'unknown';
  }
}
