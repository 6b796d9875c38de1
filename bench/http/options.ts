import { parseArgs } from 'node:util';
import { wholeNumber } from '../support/whole-number.js';
import { contenders } from './contenders.js';

/** What is compared, and for how long. */
export interface Options {
  readonly seconds: number;
  /** Of each process. */
  readonly rounds: number;
  /** Of each server, one after another. */
  readonly processes: number;
  readonly tools: readonly number[];
  /** Ids of contenders. */
  readonly only: readonly string[];
  readonly json: boolean;
  readonly help: boolean;
}

const ids = contenders.map(({ id }) => id);

export const help = `Compares MCP servers under load: answers per second, and the CPU time of the server per answer.

  --seconds N     each run lasts about so long, and longer where 64 answers take longer (default 0.3)
  --rounds N      runs of each process after it has warmed up, in turns, fewer of slow ones; the table shows medians (default 12)
  --processes N   processes of each server, one after another (default 3)
  --tools A,B,…   sizes of the servers (default 1,10,100,1000)
  --only A,B,…    some of: ${ids.join(', ')}
  --json          the results as JSON on standard output instead of the table
  --help          this text

A whole comparison is also written to bench/results; one with --only is not.
`;

export function options(): Options {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '0.3' },
      rounds: { type: 'string', default: '12' },
      processes: { type: 'string', default: '3' },
      tools: { type: 'string', default: '1,10,100,1000' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const only = values.only?.split(',') ?? ids;
  const unknown = only.find((id) => !ids.includes(id));
  if (unknown !== undefined) throw new RangeError(`--only knows ${ids.join(', ')}, not "${unknown}"`);
  return {
    seconds: positive('seconds', values.seconds),
    rounds: wholeNumber('rounds', values.rounds),
    processes: wholeNumber('processes', values.processes),
    tools: [...new Set(values.tools.split(',').map((count) => wholeNumber('tools', count)))].sort((a, b) => a - b),
    only,
    json: values.json,
    help: values.help,
  };
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`--${option} must be a number greater than 0, not "${text}"`);
  }
  return value;
}
