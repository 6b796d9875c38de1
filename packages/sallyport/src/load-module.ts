import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Tool } from '@sallyport/core';
import { CannotRun } from './cannot-run.js';
import { exitCode } from './exit-code.js';
import { printable } from './printable.js';
import { reasonOf } from './reason-of.js';
import type { Deployment, ServerModule } from './server-module.js';

/** A module of a server, with its tools made. */
export interface LoadedModule {
  readonly tools: readonly Tool[];
  readonly deployment: Deployment;
  close(): Promise<void>;
}

/** TypeScript is compiled meanwhile, perhaps on a busy machine. */
const importsWithinMs = 60_000;

/**
 * Imports a module of a server and has it make its tools. TypeScript is loaded with the `tsx` that is installed beside the
 * module. Each function of the module has 10 seconds: one may open a database. Throws a {@link CannotRun} that says what is wrong with it.
 */
export async function loadModule(path: string, callsWithinMs = 10_000): Promise<LoadedModule> {
  const file = resolve(path);
  if (!existsSync(file)) throw new CannotRun(`there is no file ${path}`);
  const ended = (code: number): void => {
    if (code === exitCode.cannotRun) return;
    process.stderr.write(`sallyport: ${printable(path)} ended the process while it was loaded\n`);
    process.exitCode = exitCode.cannotRun;
  };
  process.once('exit', ended);
  try {
    return await load(path, file, callsWithinMs);
  } catch (error) {
    if (error instanceof CannotRun) throw error;
    throw new CannotRun(`${path} cannot be loaded: ${reasonOf(error)}`);
  } finally {
    process.off('exit', ended);
  }
}

async function load(path: string, file: string, callsWithinMs: number): Promise<LoadedModule> {
  const called = <T>(name: string, value: T | Promise<T>): Promise<T> =>
    within(callsWithinMs, `${path}: ${name} is not done after ${callsWithinMs / 1_000} seconds`, value);
  const late = `${path} is not loaded after ${importsWithinMs / 1_000} seconds`;
  const { tools, deployment = {}, close } = await within(importsWithinMs, late, importModule(path, file));
  if (tools === undefined)
    throw new CannotRun(`${path} exports no tools: export an array, or a function that makes one`);
  const made = typeof tools === 'function' ? await called('tools', tools()) : tools;
  if (!Array.isArray(made) || !made.every(isTool)) {
    throw new CannotRun(`${path} exports tools that stack.tool did not make`);
  }
  return {
    tools: made,
    deployment: typeof deployment === 'function' ? await called('deployment', deployment()) : deployment,
    async close() {
      await called('close', close?.());
    },
  };
}

async function within<T>(ms: number, otherwise: string, value: T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const outOfTime = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CannotRun(otherwise)), ms);
  });
  try {
    return await Promise.race([value, outOfTime]);
  } finally {
    clearTimeout(timer);
  }
}

async function importModule(path: string, file: string): Promise<Partial<ServerModule>> {
  const isTypeScript = /\.[cm]?tsx?$/.test(file);
  if (isTypeScript) await registerTsx(file);
  try {
    const module: { default?: unknown } & Partial<ServerModule> = await import(pathToFileURL(file).href);
    return module.tools === undefined && isObject(module.default) ? module.default : module;
  } catch (error) {
    if (isTypeScript && isObject(error) && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION') {
      throw new CannotRun(`${path} is TypeScript: install tsx beside it, or name the JavaScript that it is built to`);
    }
    throw error;
  }
}

/** As `node --import tsx`. Nothing where it is not installed: newer versions of Node read simple TypeScript themselves. */
async function registerTsx(file: string): Promise<void> {
  let loader: string;
  try {
    loader = createRequire(file).resolve('tsx');
  } catch {
    return;
  }
  await import(pathToFileURL(loader).href);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** By its form: the module has its own copy of the packages. */
function isTool(value: unknown): value is Tool {
  return (
    isObject(value) && 'facts' in value && isObject(value.facts) && 'layers' in value && Array.isArray(value.layers)
  );
}
