import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'vite';

/** A program in one file. */
export interface Bundle {
  readonly file: string;
  remove(): Promise<void>;
}

/** What `pg` would take if it were installed, and only when it is asked to. */
const withoutNative: Plugin = {
  name: 'without-pg-native',
  enforce: 'pre',
  resolveId: (id) => (id === 'pg-native' ? '\0pg-native' : undefined),
  load: (id) => (id === '\0pg-native' ? 'export default undefined' : undefined),
};

/** Makes one file of a program and all it imports: a process that runs it starts in a fifth of the time. */
export async function bundleProgram(entry: URL): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-program-'));
  const name = `${basename(entry.pathname, '.ts')}.mjs`;
  await build({
    root: fileURLToPath(new URL('../..', import.meta.url)),
    configFile: false,
    logLevel: 'error',
    plugins: [withoutNative],
    ssr: { noExternal: true },
    build: {
      ssr: fileURLToPath(entry),
      outDir: folder,
      emptyOutDir: true,
      target: 'es2022',
      rollupOptions: { output: { entryFileNames: name } },
    },
  });
  return { file: join(folder, name), remove: () => rm(folder, { recursive: true }) };
}
