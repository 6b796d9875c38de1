import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'test/.manifests');

/** An object as a manifest has it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly [field: string]: unknown;
}

/**
 * What the published schema of Kubernetes has against the objects; empty when nothing. The schemas allow fields that they do
 * not know, so a misspelt one is found by the types that are generated from them.
 */
export async function kubernetesProblems(objects: readonly KubernetesObject[]): Promise<string> {
  const wrong: string[] = [];
  for (const object of objects) {
    const models = modelsOf(object) as Record<string, Model>;
    const Model = models[object.kind];
    try {
      if (Model === undefined) throw new Error('is not known');
      new Model(object).validate();
    } catch (error) {
      wrong.push(`${object.kind} ${object.metadata.name}: ${(error as Error).message}`);
    }
  }
  return [...wrong, await typeProblems(objects)].filter((text) => text !== '').join('\n');
}

/** One module for each kind; by its path, which no bundler can know. */
function modelsOf({ apiVersion, kind }: KubernetesObject): unknown {
  return require(`kubernetes-models/${apiVersion}/${kind}`);
}

type Model = new (object: object) => { validate(): void };

async function typeProblems(objects: readonly KubernetesObject[]): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const lines = objects.flatMap(({ apiVersion, kind, ...rest }, index) => [
    `import type { I${kind} as I${index} } from 'kubernetes-models/${apiVersion}/${kind}';`,
    `export const of${index}: I${index} = ${JSON.stringify({ apiVersion, kind, ...rest })};`,
  ]);
  await writeFile(join(folder, 'objects.ts'), lines.join('\n'));
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: '../tsconfig.json',
      compilerOptions: { rootDir: root, incremental: false, skipLibCheck: true },
      include: ['*.ts'],
      exclude: [],
      references: [],
    }),
  );
  return promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { cwd: root }).then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  );
}
