import { type Bundle, bundleProgram } from './bundle-program.js';
import { type Answered, type StormCall, type StormWorker, startWorker, type WorkerOptions } from './start-worker.js';

/** So many are started ahead, because a start takes longer than the rest of a short life. */
const spares = 3;

/** Workers that are started before they are needed. */
export class WorkerHerd {
  readonly #program: Bundle;
  readonly #start: () => Promise<StormWorker>;
  readonly #spare: Promise<StormWorker>[] = [];
  readonly #alive = new Set<StormWorker>();

  /** `onAnswer` is told of every answer of each of them. */
  static async gather(options: WorkerOptions, onAnswer: (answered: Answered) => void): Promise<WorkerHerd> {
    return new WorkerHerd(await bundleProgram(new URL('./worker.ts', import.meta.url)), options, onAnswer);
  }

  private constructor(program: Bundle, options: WorkerOptions, onAnswer: (answered: Answered) => void) {
    this.#program = program;
    this.#start = async () => {
      const worker = await startWorker(program.file, options, onAnswer);
      this.#alive.add(worker);
      return worker;
    };
    while (this.#spare.length < spares) this.#prepare();
  }

  /** One that is ready. */
  async take(): Promise<StormWorker> {
    this.#prepare();
    return (await this.#spare.shift()) as StormWorker;
  }

  kill(worker: StormWorker): Promise<readonly StormCall[]> {
    this.#alive.delete(worker);
    return worker.kill();
  }

  /** Kills them all. */
  async disperse(): Promise<void> {
    await Promise.allSettled(this.#spare);
    await Promise.all([...this.#alive].map((worker) => this.kill(worker)));
    await this.#program.remove();
  }

  #prepare(): void {
    const starting = this.#start();
    // Whoever takes it is told.
    starting.catch(() => {});
    this.#spare.push(starting);
  }
}
