import { readdir, readFile } from 'node:fs/promises';

export interface Migration {
  readonly name: string;
  readonly text: string;
  /** Runs every time, after the versions. */
  readonly repeat: boolean;
}

const folder = new URL('../../migrations/', import.meta.url);

/** The SQL files beside the sources, in the order in which they run: `0001-…` upwards, then `repeat-…`. */
export async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => ({
      name,
      text: await readFile(new URL(name, folder), 'utf8'),
      repeat: name.startsWith('repeat-'),
    })),
  );
}
