import { readdir, readFile } from 'node:fs/promises';

/** One SQL file. */
export interface Migration {
  readonly name: string;
  readonly text: string;
  /** Runs every time, after the versions. */
  readonly repeat: boolean;
}

/** The SQL files of a folder, in the order in which they run: `0001-…` upwards, then `repeat-…`. */
export async function readMigrations(folder: URL): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => ({
      name,
      text: await readFile(new URL(name, folder), 'utf8'),
      repeat: name.startsWith('repeat-'),
    })),
  );
}
