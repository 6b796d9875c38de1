import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomFrom } from '@sallyport/testkit';
import type { Recorded } from './recorded.js';
import type { Bug } from './seeded-bugs.js';
import { ended, startProgram } from './start-program.js';
import type { Workload } from './workload.js';

/** What one process is told to do. */
export interface HistoryJob {
  readonly url: string;
  readonly index: number;
  /** How far its clocks are off, in milliseconds. */
  readonly skewMs: number;
  readonly bug?: Bug;
  readonly prefix: string;
  readonly file: string;
  readonly workload: Workload;
}

const maxSkewMs = 300_000;

/** Runs the workload in as many processes as it says, each with clocks of its own up to five minutes off, against one Redis. */
export async function recordHistory(url: string, workload: Workload, bug?: Bug): Promise<readonly Recorded[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-history-'));
  const random = randomFrom(workload.seed);
  const prefix = `history-${bug ?? 'own'}-${workload.seed}:`;
  try {
    const workers = await Promise.all(
      Array.from({ length: workload.processes }, async (_, index) => {
        const skewMs = Math.round((2 * random() - 1) * maxSkewMs);
        const file = join(folder, `${index}.jsonl`);
        const job: HistoryJob = { url, index, skewMs, prefix, file, workload, ...(bug && { bug }) };
        const program = startProgram('history-worker.ts', job);
        await once(program, 'message');
        return { file, program };
      }),
    );
    const done = workers.map(({ program }) => ended(program));
    for (const { program } of workers) program.send('go');
    await Promise.all(done);
    const records: Recorded[] = [];
    for (const { file } of workers) {
      for (const line of (await readFile(file, 'utf8')).split('\n')) if (line !== '') records.push(JSON.parse(line));
    }
    return records;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
