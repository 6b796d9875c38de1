import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { claimPorts } from '../../test/support/claim-ports.js';
import type { Usage } from '../support/report-usage.js';
import { startNode } from '../support/start-node.js';
import type { Contender } from './contender.js';

/** A server process that says it is ready. */
export interface RunningServer {
  readonly url: string;
  readonly token: string | undefined;
  usage(): Promise<Usage>;
  stop(): void;
}

/** Resolves once the server can be asked. Throws with what it wrote when it ends before that. */
export async function startServer(
  { id, program, options = [] }: Contender,
  tools: number,
  core?: number,
): Promise<RunningServer> {
  const [port = 0] = await claimPorts(1);
  const args = ['--port', String(port), '--tools', String(tools), ...options];
  const child = startNode(program, args, core, ['ignore', 'pipe', 'pipe', 'ipc']);
  let complaints = '';
  child.stderr?.on('data', (chunk) => {
    complaints = `${complaints}${chunk}`.slice(-4_000);
  });
  if (child.stdout === null) throw new Error('no output to read');
  const lines = createInterface(child.stdout);
  const readyLine = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      if (line.startsWith('ready ')) resolve(line);
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`${id} ended before it was ready:\n${complaints}`)));
  });
  const [, url = '', token] = readyLine.split(' ');
  return {
    url,
    token,
    async usage() {
      child.send('usage');
      const [usage] = await once(child, 'message');
      return usage as Usage;
    },
    // What it would do on its way out is not measured here.
    stop: () => void child.kill('SIGKILL'),
  };
}
