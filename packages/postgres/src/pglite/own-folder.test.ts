import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ownFolder } from './own-folder.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sallyport-own-folder-'));
});
afterEach(() => rm(root, { recursive: true }));

const prefix = `sallyport-pglite-${hostname()}-`;
/** Of a process that has ended. */
const dead = spawnSync(process.execPath, ['--version']).pid;

it('a start removes what a killed process left, and nothing else', async () => {
  const kept = [
    `${prefix}${process.pid}-aaaaaa`,
    `${prefix}${process.ppid}-aaaaaa`,
    `sallyport-pglite-another-host-${dead}-aaaaaa`,
    `${prefix}${dead}-aaaaaa-b`,
    `${prefix}${dead}`,
    `${prefix}0x1-aaaaaa`,
    `${prefix}1-aaaaaa`,
    'unrelated',
  ];
  for (const name of [...kept, `${prefix}${dead}-aaaaaa`]) await mkdir(join(root, name, 'base'), { recursive: true });
  const made = await ownFolder(root);
  expect(made.startsWith(join(root, `${prefix}${process.pid}-`))).toBe(true);
  expect(await readdir(made)).toEqual([]);
  expect((await readdir(root)).filter((name) => join(root, name) !== made).sort()).toEqual(kept.sort());
});

it('what only has the name of such a folder stays, and so does what a link of that name leads to', async () => {
  await mkdir(join(root, 'target'));
  await symlink(join(root, 'target'), join(root, `${prefix}${dead}-aaaaaa`));
  await writeFile(join(root, `${prefix}${dead}-bbbbbb`), '');
  const made = await ownFolder(root);
  expect((await readdir(root)).map((name) => join(root, name))).toHaveLength(4);
  expect(await readdir(root)).toContain('target');
  expect(made).not.toContain('target');
});

it('starts that sweep at once all get a folder', async () => {
  for (let i = 0; i < 20; i++) await mkdir(join(root, `${prefix}${dead}-aaaa${10 + i}`, 'base'), { recursive: true });
  const made = await Promise.all(Array.from({ length: 5 }, () => ownFolder(root)));
  expect(new Set(made).size).toBe(5);
  expect(await readdir(root)).toHaveLength(5);
});
