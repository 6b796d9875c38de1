import { readFile } from 'node:fs/promises';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a directory',
};

/** What `read` makes of the file that was given with an option. Throws a `TypeError` that names both, and says what is wrong. */
export async function givenFile<T>(option: string, file: string, read: (text: string) => T): Promise<T> {
  const wrong = (reason: string, cause: unknown) => new TypeError(`--${option} ${file}: ${reason}`, { cause });
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw wrong(reasons[code] ?? message, error);
  }
  try {
    return read(text);
  } catch (error) {
    if (error instanceof TypeError) throw wrong(error.message, error);
    throw error;
  }
}
