import { parseArgs } from 'node:util';
import { wholeNumber } from '../../support/whole-number.js';

/** What every server of the comparison is started with. */
export interface ServerOptions {
  readonly port: number;
  readonly tools: number;
}

export function serverOptions(): ServerOptions {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '0' }, tools: { type: 'string', default: '1' } },
  });
  return { port: wholeNumber('port', values.port, 0), tools: wholeNumber('tools', values.tools) };
}
