import { parseArgs } from 'node:util';
import { wholeNumber } from '../../support/whole-number.js';

/** What every server of the comparison is started with. */
export interface ServerOptions {
  readonly port: number;
  readonly tools: number;
  /** Only Sallyport can be watched; the others ignore the two. */
  readonly metrics: boolean;
  readonly log: boolean;
}

export function serverOptions(): ServerOptions {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      tools: { type: 'string', default: '1' },
      metrics: { type: 'boolean', default: false },
      log: { type: 'boolean', default: false },
    },
  });
  const { port, tools, metrics, log } = values;
  return { port: wholeNumber('port', port, 0), tools: wholeNumber('tools', tools), metrics, log };
}
