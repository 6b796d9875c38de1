/** Why a command cannot run, in one line for whoever typed it. It ends with 2 and shows no stack. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun';
}
