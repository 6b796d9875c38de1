import { readFile } from 'node:fs/promises';
import { CannotRun } from '../cannot-run.js';
import type { Caller } from '../storm/caller.js';
import { callerOf } from '../storm/caller-of.js';
import { type TokenFacts, tokensFrom } from './issuer-key.js';

/** Where the callers of a storm come from. */
export interface CallerSources {
  readonly tokens: readonly string[];
  /** One token a line. */
  readonly tokensFile?: string | undefined;
  readonly issuerKey?: string | undefined;
  readonly facts: TokenFacts;
  readonly tenants: readonly string[];
  /** Part of the names of the callers that a key makes, so that another storm is not refused for what this one did. */
  readonly seed: number;
  /** How many callers an issuer's key makes. */
  readonly count: number;
}

/** The callers: those of the tokens that were given, or one for each agent where there is a key to sign with, or one without a token. */
export async function callersFrom(sources: CallerSources): Promise<Caller[]> {
  const { tokens, tokensFile, issuerKey, facts, tenants, seed, count } = sources;
  const given = [...tokens, ...(tokensFile === undefined ? [] : await linesOf(tokensFile))];
  if (issuerKey === undefined) return given.length === 0 ? [callerOf(undefined)] : given.map(callerOf);
  if (given.length > 0) throw new CannotRun('tokens and --issuer-key exclude each other');
  const mint = await tokensFrom(issuerKey, facts);
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const tenant = tenants[index % tenants.length] ?? '';
      return callerOf(await mint(tenant, `storm-${seed}-${index + 1}`));
    }),
  );
}

async function linesOf(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CannotRun(`${file} cannot be read: ${error.code}`);
  });
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}
