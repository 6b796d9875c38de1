import { type Cell, labelOf } from './cell.js';
import type { LoadGenerator } from './load-generator.js';
import { question } from './question.js';
import { type Run, run } from './run.js';
import { type RunningServer, startServer } from './running-server.js';

/** As long as the tokens of our issuer. */
const unread = 'x'.repeat(486);

/** A process for each server, which starts when it is asked first. All stay up until they are stopped; those that are not asked use nothing. */
export class FreshServers {
  readonly #load: LoadGenerator;
  readonly #core: number | undefined;
  readonly #servers = new Map<string, RunningServer>();
  readonly #warm = new Set<Cell>();

  constructor(load: LoadGenerator, core: number | undefined) {
    this.#load = load;
    this.#core = core;
  }

  async run(cell: Cell, seconds: number): Promise<Run> {
    const { contender, kind, tools } = cell;
    const key = `${contender.id} ${tools}`;
    const server = this.#servers.get(key) ?? (await startServer(contender, tools, this.#core));
    this.#servers.set(key, server);
    const token = server.token ?? (contender.sentToken === true ? unread : undefined);
    const asked = question(kind, contender.era, tools, token);
    const done = await run(server, asked, !this.#warm.has(cell), seconds, this.#load, labelOf(cell));
    this.#warm.add(cell);
    return done;
  }

  stop(): void {
    for (const server of this.#servers.values()) server.stop();
  }
}
