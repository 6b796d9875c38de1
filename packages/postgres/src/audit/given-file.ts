import { open, readFile } from 'node:fs/promises';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a directory',
};

/** What `read` makes of the file that was given with an option. Throws a `TypeError` that names both, and says what is wrong. */
export async function givenFile<T>(option: string, file: string, read: (text: string) => T): Promise<T> {
  try {
    return read(await readFile(file, 'utf8'));
  } catch (error) {
    throw wrongFile(option, file, error);
  }
}

/** The same line by line, for a file that may be of any length. */
export async function* givenLines<T>(option: string, file: string, read: (line: string, number: number) => T) {
  try {
    const handle = await open(file);
    let number = 0;
    for await (const line of handle.readLines()) {
      number += 1;
      yield read(line, number);
    }
  } catch (error) {
    throw wrongFile(option, file, error);
  }
}

function wrongFile(option: string, file: string, error: unknown): unknown {
  const { code = '', syscall, message } = error as NodeJS.ErrnoException;
  if (!(error instanceof TypeError) && syscall === undefined) return error;
  return new TypeError(`--${option} ${file}: ${reasons[code] ?? message}`, { cause: error });
}
