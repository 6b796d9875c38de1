import { posix } from 'node:path';
import { type SourceImport, sourceImports, withoutComments } from './source-imports.js';

/** The repository as data: path from the root, with `/`, to text. */
export type Files = ReadonlyMap<string, string>;

/** What a package may depend on. A package that is not listed here fails the check until someone decides. */
interface Allowance {
  /** Packages of this repository. */
  readonly arrows: readonly string[];
  /** Packages of others, as dependency or peer. */
  readonly foreign: readonly string[];
}

const everyPackage: Readonly<Record<string, Allowance>> = {
  core: { arrows: [], foreign: ['zod'] },
  auth: { arrows: ['core'], foreign: ['jose'] },
  redis: { arrows: ['core'], foreign: ['ioredis'] },
  // One thing, Postgres: its driver in the main entry, Postgres itself in ./pglite, its grammar in ./read-only-sql (both optional).
  // zod is core's peer, for the schema of the tool that ./read-only-sql makes.
  postgres: { arrows: ['core'], foreign: ['pg', '@electric-sql/pglite', 'libpg-query', 'zod'] },
  // Two things, one for the log and one for the rest: OpenTelemetry's API, its metrics, and its exposition of them.
  observe: {
    arrows: ['core'],
    foreign: ['pino', '@opentelemetry/api', '@opentelemetry/sdk-metrics', '@opentelemetry/exporter-prometheus'],
  },
  'mcp-sdk': { arrows: ['core'], foreign: ['@modelcontextprotocol/sdk'] },
  'mcp-server': { arrows: ['core'], foreign: ['@modelcontextprotocol/server'] },
  http: { arrows: ['core', 'auth', 'mcp-server'], foreign: ['@modelcontextprotocol/server'] },
  // jose signs the tokens of the development issuer.
  testkit: { arrows: ['core'], foreign: ['jose'] },
  // The command line: like an application it may stand on any package, and like one nothing imports it.
  sallyport: {
    arrows: ['core', 'auth', 'http', 'observe', 'redis', 'postgres'],
    // jose signs the tokens of a storm with a development issuer's key.
    foreign: ['commander', '@commander-js/extra-typings', 'ioredis', 'jose', 'pg'],
  },
};

interface Manifest {
  readonly name?: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Every violation of the rules of the architecture in `files`, one line each; empty when they hold. */
export function architectureViolations(files: Files): string[] {
  return [
    ...manifestViolations(files),
    ...importViolations(files),
    ...cycles(files),
    ...ambientTimeViolations(files),
    ...workplaceViolations(files),
  ];
}

/** The package a path belongs to: `packages/core/src/call.ts` is of `core`. */
function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

function isTypeScript(path: string): boolean {
  return /\.[cm]?tsx?$/.test(path);
}

/** Tests, type tests and what they share: never built, never published. */
function isTest(path: string): boolean {
  return /\.test(-d)?\.ts$|^packages\/[^/]+\/test-rig\//.test(path);
}

/** The sources that are built and published. */
function isShipped(path: string): boolean {
  return /^packages\/[^/]+\/src\//.test(path) && isTypeScript(path) && !isTest(path);
}

function manifestOf(files: Files, folder: string): Manifest {
  return JSON.parse(files.get(`${folder}/package.json`) ?? '{}') as Manifest;
}

function importsOf(files: Files, path: string): SourceImport[] {
  return sourceImports(files.get(path) ?? '');
}

/** `@scope/name/sub` is the subpath `./sub` of the package `@scope/name`. */
function splitSpecifier(specifier: string): { name: string; subpath: string } {
  const parts = specifier.split('/');
  const length = specifier.startsWith('@') ? 2 : 1;
  return { name: parts.slice(0, length).join('/'), subpath: ['.', ...parts.slice(length)].join('/') };
}

/** The folder of a package of ours. The command line alone has no scope. */
function workspaceName(name: string): string | undefined {
  return name === 'sallyport' ? name : /^@sallyport\/(.+)$/.exec(name)?.[1];
}

function manifestViolations(files: Files): string[] {
  const manifests = [...files.keys()].filter((path) => /^packages\/[^/]+\/package\.json$/.test(path));
  return manifests.flatMap((path) => {
    const from = packageOf(path) ?? '';
    const allowed = everyPackage[from];
    if (allowed === undefined) return [`${path}: ${from} has no place in the table of allowed dependencies`];
    const { dependencies, peerDependencies } = manifestOf(files, `packages/${from}`);
    return Object.keys({ ...dependencies, ...peerDependencies })
      .filter((name) => !mayDependOn(allowed, name))
      .map((name) => `${path}: ${from} must not depend on ${name}`);
  });
}

function mayDependOn(allowed: Allowance, name: string): boolean {
  const to = workspaceName(name);
  return to === undefined ? allowed.foreign.includes(name) : allowed.arrows.includes(to);
}

function importViolations(files: Files): string[] {
  return [...files.keys()]
    .filter(isTypeScript)
    .flatMap((path) =>
      importsOf(files, path).flatMap(({ specifier, line }) =>
        [
          deepImport(files, path, specifier),
          isShipped(path) ? foreignImport(files, path, specifier) : undefined,
          isShipped(path) || /^examples\/[^/]+\/src\//.test(path) ? testCodeImport(path, specifier) : undefined,
        ].flatMap((problem) => (problem === undefined ? [] : [`${path}:${line}: ${problem}`])),
      ),
    );
}

/** A package is entered through its exports only, by its name and never by a path. */
function deepImport(files: Files, path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) {
    const target = packageOf(posix.join(posix.dirname(path), specifier));
    const within = packageOf(path);
    return target !== undefined && target !== within ? `${specifier} reaches into package ${target}` : undefined;
  }
  const { name, subpath } = splitSpecifier(specifier);
  const to = workspaceName(name);
  if (to === undefined || !files.has(`packages/${to}/package.json`)) return undefined;
  const offered = Object.keys(manifestOf(files, `packages/${to}`).exports ?? {});
  return offered.includes(subpath) ? undefined : `${specifier} is no entry point of ${name}`;
}

/** A shipped source imports what the table allows and its manifest declares; core nothing of Node. */
function foreignImport(files: Files, path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return undefined;
  const from = packageOf(path) ?? '';
  if (specifier.startsWith('node:')) {
    return from === 'core' ? `core must run where ${specifier} does not exist` : undefined;
  }
  const { name } = splitSpecifier(specifier);
  const allowed = everyPackage[from];
  if (allowed !== undefined && !mayDependOn(allowed, name)) return `${from} must not import ${name}`;
  const { dependencies, peerDependencies } = manifestOf(files, `packages/${from}`);
  return name in { ...dependencies, ...peerDependencies } ? undefined : `${name} is not declared in its package.json`;
}

function testCodeImport(path: string, specifier: string): string | undefined {
  if (isTest(path)) return undefined;
  if (splitSpecifier(specifier).name === '@sallyport/testkit') return 'only tests may import testkit';
  const target = posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts');
  return specifier.startsWith('.') && isTest(target) ? `${specifier} is test code` : undefined;
}

/** Import cycles among the shipped sources, within a package or across; imports of types count. */
function cycles(files: Files): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      found.push(`import cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`);
      return;
    }
    if (done.has(path)) return;
    for (const { specifier } of importsOf(files, path)) {
      const target = resolve(files, path, specifier);
      if (target !== undefined && isShipped(target)) visit(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const path of [...files.keys()].filter(isShipped)) visit(path, []);
  return found;
}

/** The source file a specifier means, if it is one of ours. */
function resolve(files: Files, path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts');
    return files.has(target) ? target : undefined;
  }
  const { name, subpath } = splitSpecifier(specifier);
  const folder = `packages/${workspaceName(name)}`;
  const entry = manifestOf(files, folder).exports?.[subpath];
  return entry === undefined ? undefined : posix.join(folder, entry);
}

/** Time and randomness come into core as arguments; `clock.ts` alone names the runtime's clock, as a default. */
function ambientTimeViolations(files: Files): string[] {
  return [...files]
    .filter(([path]) => isShipped(path) && packageOf(path) === 'core' && path !== 'packages/core/src/clock.ts')
    .flatMap(([path, text]) =>
      [...withoutComments(text).matchAll(/\b(?:Date\.now|Math\.random|performance\.now)\b|\bnew Date\(\)/g)].map(
        (match) => `${path}: core must not use ${match[0]}, it takes time and randomness as arguments`,
      ),
    );
}

/** What is published must not point at the folders it happened to be written in. */
function workplaceViolations(files: Files): string[] {
  return [...files].flatMap(([path, text]) =>
    [...text.matchAll(/\.\.\/shared\b(?!\.)|(?<![\w.*-])\/work\/|(?<![\w-])\.librar[y]\b/g)].map(
      (match) => `${path}: refers to ${match[0]}, a place outside the repository`,
    ),
  );
}
