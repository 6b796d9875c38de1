import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import autocannon, { type Request } from 'autocannon';
import { claimPorts } from '../../test/support/claim-ports.js';
import { question } from '../http/question.js';
import type { Memory, Sample } from './sample.js';

const connections = 32;
const samples = 10;
/** An agent makes so many calls one after another before the next one's turn comes. */
const callsInTurn = 5;

/**
 * Starts the server, has the agents make the calls, each in turn, and asks the server eleven times on the way how much memory it
 * takes. Throws when an answer is not one.
 */
export async function measure(
  file: string,
  options: readonly string[],
  calls: number,
  tokens: readonly string[],
  progress: (done: number) => void,
): Promise<Sample[]> {
  const [port] = await claimPorts(1);
  const args = [file, '--port', String(port), ...options];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  try {
    if (child.stdout === null) throw new Error('no output to read');
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const url = line.split(' ')[1] ?? '';
    const found: Sample[] = [];
    let refused = 0;
    const sample = async (done: number) => {
      child.send('memory');
      const [memory] = (await once(child, 'message')) as [Memory];
      found.push({ calls: done, refused, ...memory });
      progress(done);
    };
    await sample(0);
    const amount = Math.ceil(calls / samples);
    for (let done = 0; done < calls; done += amount) {
      refused += await load(url, tokens, done, amount);
      await sample(done + amount);
    }
    return found;
  } finally {
    child.kill('SIGKILL');
  }
}

/** Makes the calls from `first` on and returns how many were refused. */
async function load(url: string, tokens: readonly string[], first: number, amount: number): Promise<number> {
  const { headers, body } = question('call', 'modern', 1, 'none');
  let refused = 0;
  let turn = first;
  const request: Request = {
    method: 'POST',
    body,
    setupRequest: (asked) => {
      const token = tokens[Math.floor(turn++ / callsInTurn) % tokens.length];
      return { ...asked, headers: { ...headers, Authorization: `Bearer ${token}` } };
    },
    onResponse: (status, answer) => {
      if (status !== 200) throw new Error(`status ${status}: ${answer}`);
      if (answer.includes('"isError":true')) refused++;
    },
  };
  const { errors, non2xx } = await autocannon({ url, connections, amount, requests: [request], timeout: 300 });
  if (errors + non2xx > 0) throw new Error(`${errors} calls failed, ${non2xx} were not answered with 200`);
  return refused;
}
