import { writeSync } from 'node:fs';
import { writeTogether } from '../src/direct/write-together.js';

// A process that ends in the turn of an answer, as its argument says.
writeTogether({ end: (text: string) => void writeSync(1, text) } as never, 'the last', 'latin1', () => {});
if (process.argv[2] === 'exits') process.exit();
throw new Error('boom');
