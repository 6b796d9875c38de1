import { once } from 'node:events';
import { startNode } from '../support/start-node.js';
import type { Sample } from './sample.js';

/** Runs the program to its end in a process of its own and returns its samples. */
export async function measure(program: string, args: readonly string[]): Promise<Sample[]> {
  const child = startNode(`memory/${program}`, args, undefined, ['ignore', 'inherit', 'inherit', 'ipc']);
  const samples: Sample[] = [];
  child.on('message', (sample) => samples.push(sample as Sample));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
  return samples;
}
