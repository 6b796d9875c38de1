import { type Cell, labelOf } from './cell.js';
import type { LoadGenerator } from './load-generator.js';
import { question } from './question.js';
import { type Run, run, warmUp } from './run.js';
import { type RunningServer, startServer } from './running-server.js';

/** As long as the tokens of our issuer. */
const unread = 'x'.repeat(486);

/** A process for each server. All stay up until they are stopped; those that are not asked use nothing. */
export class FreshServers {
  readonly #load: LoadGenerator;
  readonly #core: number | undefined;
  readonly #servers = new Map<string, RunningServer>();
  /** Answers per second of each cell when it was last asked. */
  readonly #rates = new Map<Cell, number>();

  constructor(load: LoadGenerator, core: number | undefined) {
    this.#load = load;
    this.#core = core;
  }

  /** Starts the server of the cell unless another cell has. Before the first {@link run}. */
  async warmUp(cell: Cell): Promise<void> {
    const server = await this.#serverOf(cell);
    this.#rates.set(cell, await warmUp(server, asked(cell, server), this.#load, labelOf(cell)));
  }

  async run(cell: Cell, seconds: number): Promise<Run> {
    const server = await this.#serverOf(cell);
    const rate = this.#rates.get(cell) ?? 0;
    const done = await run(server, asked(cell, server), rate, seconds, this.#load, labelOf(cell));
    this.#rates.set(cell, done.answersPerSecond);
    return done;
  }

  stop(): void {
    for (const server of this.#servers.values()) server.stop();
  }

  async #serverOf({ contender, tools }: Cell): Promise<RunningServer> {
    const key = `${contender.id} ${tools}`;
    const server = this.#servers.get(key) ?? (await startServer(contender, tools, this.#core));
    this.#servers.set(key, server);
    return server;
  }
}

function asked({ contender, kind, tools }: Cell, server: RunningServer) {
  const token = server.token ?? (contender.sentToken === true ? unread : undefined);
  return question(kind, contender.era, tools, token);
}
