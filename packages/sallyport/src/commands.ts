import type { MakeCommand } from './command.js';
import { doctor } from './commands/doctor.js';
import { explain } from './commands/explain.js';
import { ops } from './commands/ops.js';
import { revoke } from './commands/revoke.js';
import { storm } from './commands/storm.js';
import { usage } from './commands/usage.js';

/** Every command, in the order in which the help lists them. */
export const commands: readonly MakeCommand[] = [explain, doctor, ops, revoke, storm, usage];
