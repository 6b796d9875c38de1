import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  // Node cannot parse standard decorators yet: esbuild lowers them at this target.
  esbuild: { target: 'es2022' },
  test: {
    restoreMocks: true,
    unstubEnvs: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // Nothing is timed here: a busy machine must not fail a property test.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          include: ['packages/*/src/**/*.test.ts'],
          typecheck: {
            enabled: true,
            checker: 'tsc',
            tsconfig: './test/tsconfig.json',
            include: ['packages/*/src/**/*.test-d.ts'],
          },
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['{test,examples,docs}/**/*.test.ts', 'packages/*/proof/**/*.test.ts'],
          // These start servers and databases: one file at a time.
          fileParallelism: false,
          // On a busy machine each start takes ten seconds and more.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
