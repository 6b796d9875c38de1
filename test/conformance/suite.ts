import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The suite's version, and the Node it needs: it does not start on Node 20. */
const wanted = { '@modelcontextprotocol/conformance': '0.2.0-alpha.12', node: '22.23.3' };

/** A run of the suite at one revision. */
export interface Run {
  readonly revision: string;
  /** Of the scored scenarios: the suite's own verdict. */
  readonly passed: boolean;
  readonly output: string;
}

/**
 * Installs the official suite, and a Node for it, into a folder of its own: next to our own packages its Node would come
 * first in PATH. Does nothing when they are there.
 */
export async function installSuite(folder: string): Promise<void> {
  const done = join(folder, 'node_modules/.bin/conformance');
  const manifest = JSON.stringify({ private: true, dependencies: wanted });
  const file = join(folder, 'package.json');
  if (existsSync(done) && existsSync(file) && readFileSync(file, 'utf8') === manifest) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, manifest);
  const { code, output } = await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], folder);
  writeFileSync(file, manifest);
  if (code !== 0) throw new Error(`The suite could not be installed:\n${output}`);
}

/** Runs what a revision requires against the server, and what is run beside it without being scored. */
export async function runSuite(folder: string, url: string, revision: string): Promise<Run> {
  const bin = join(folder, 'node_modules/.bin');
  const args = [
    join(bin, 'conformance'),
    'server',
    '--url',
    url,
    '--requirements',
    revision,
    '-o',
    join(folder, 'out'),
  ];
  const { code, output } = await run(join(bin, 'node'), args, folder);
  return { revision, passed: code === 0, output };
}

function run(command: string, args: readonly string[], cwd: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
