import { destination, pino } from 'pino';
import { logLater } from '../src/log-later.js';

// A process that ends in the turn of a line, as its argument says. Its logger holds lines back.
const log = pino(destination({ dest: 1, minLength: 4_096, sync: false }));
logLater(log, 'info', {}, 'the last');
if (process.argv[2] === 'exits') process.exit();
throw new Error('boom');
