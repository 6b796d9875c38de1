// Builds and packs every publishable package, then asks of each tarball: do its manifest and its types hold for a
// consumer (publint, are-the-types-wrong), does plain Node load every entry point, and run every program?
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const bin = (name) => join(root, 'node_modules/.bin', name);
const run = (command, args, { cwd = root, stdout = 'inherit' } = {}) => {
  const { status } = spawnSync(command, args, { cwd, stdio: ['ignore', stdout, 'inherit'] });
  if (status !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${status}`);
};
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

const packages = readdirSync(join(root, 'packages'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => ({ folder: name, dir: join(root, 'packages', name) }))
  .map((one) => ({ ...one, manifest: readJson(join(one.dir, 'package.json')) }))
  .filter(({ manifest }) => !manifest.private)
  .map(({ folder, dir, manifest }) => ({ folder, dir, name: manifest.name }));

for (const { dir } of packages) rmSync(join(dir, 'dist'), { recursive: true, force: true });
run(bin('tsc'), ['-b', 'packages']);

const scratch = mkdtempSync(join(tmpdir(), 'sallyport-packages-'));
try {
  const installed = join(scratch, 'node_modules');
  for (const { folder, name, dir } of packages) {
    console.log(`\n== ${name}`);
    const tarball = join(scratch, `${folder}.tgz`);
    run('npx', ['--yes', 'pnpm@12', 'pack', '--out', tarball], { cwd: dir, stdout: 'ignore' });
    run(bin('publint'), ['run', tarball, '--strict']);
    run(bin('attw'), [
      tarball,
      '--profile',
      'esm-only',
      '--format',
      'ascii',
      '--no-emoji',
      '--no-summary',
      '--no-definitely-typed',
    ]);

    const target = join(installed, name);
    mkdirSync(target, { recursive: true });
    run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
    const manifest = readJson(join(target, 'package.json'));
    if (/"(workspace|catalog):/.test(JSON.stringify(manifest))) {
      throw new Error(`${name}: its manifest still speaks of the workspace`);
    }
    for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
      if (dependency.startsWith('@sallyport/')) continue;
      mkdirSync(dirname(join(target, 'node_modules', dependency)), { recursive: true });
      symlinkSync(join(dir, 'node_modules', dependency), join(target, 'node_modules', dependency));
    }
  }

  for (const { name } of packages) {
    for (const subpath of Object.keys(readJson(join(installed, name, 'package.json')).exports)) {
      const entry = `${name}${subpath.slice(1)}`;
      run(process.execPath, ['--input-type=module', '--eval', `await import('${entry}')`], { cwd: scratch });
      console.log(`node loads ${entry}`);
    }
    const { bin: programs = {} } = readJson(join(installed, name, 'package.json'));
    for (const [program, file] of Object.entries(programs)) {
      run(process.execPath, [join(installed, name, file), '--help'], { cwd: scratch, stdout: 'ignore' });
      console.log(`node runs ${program} --help`);
    }
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
