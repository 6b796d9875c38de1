import { startNode } from '../support/start-node.js';
import type { LoadJob, LoadOutcome } from './load-job.js';

/** The load process: one for the whole comparison, so that it is as warm for the first server as for the last. */
export class LoadGenerator {
  readonly #child;

  constructor(core?: number) {
    this.#child = startNode('http/load.ts', [], core, ['ignore', 'inherit', 'inherit', 'ipc']);
  }

  run(job: LoadJob): Promise<LoadOutcome> {
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error('the load process ended'));
      this.#child.once('exit', onExit);
      this.#child.once('message', (outcome) => {
        this.#child.off('exit', onExit);
        resolve(outcome as LoadOutcome);
      });
      this.#child.send(job);
    });
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}
