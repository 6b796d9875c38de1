import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Programs of one file each, as they are deployed: the loaders of TypeScript take more memory than some servers. */
export interface Bundle {
  /** The file of a program of `memory/servers`. */
  file(name: string): string;
  remove(): Promise<void>;
}

/** Makes them, with all that they need but Node in them. */
export async function bundle(names: readonly string[]): Promise<Bundle> {
  const outdir = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  await build({
    entryPoints: names.map((name) => join(import.meta.dirname, 'servers', `${name}.ts`)),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    // What is CommonJS among it asks for modules of Node's.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return {
    file: (name) => join(outdir, `${name}.mjs`),
    remove: () => rm(outdir, { recursive: true }),
  };
}
