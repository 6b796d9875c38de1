import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DatabaseError } from '../database-error.js';
import { setUpCommand } from '../setup/set-up-command.js';
import { auditTime } from './audit-time.js';
import type { AsAuditor } from './auditor-of.js';
import { type Checkpoint, checkpointSigner, checkpointVerifier } from './checkpoint.js';
import { exportAudit } from './export-audit.js';
import { givenFile, givenLines } from './given-file.js';
import { sealAudit } from './seal-audit.js';
import { verifyAuditTrail } from './verify-audit-trail.js';

const help = `sallyport-postgres audit COMMAND

  keys --out DIR                    makes an Ed25519 pair: signing-key.pem (mode 0600) and public-key.pem; overwrites nothing
  seal --key FILE [--every SECONDS] chains what waits and signs the heads; prints the checkpoints, one JSON a line: keep them
                                    where the database's administrators cannot write; extends no chain whose end has no
                                    checkpoint of this key, or of one before it (--public-key FILE), names its tenant on
                                    standard error, and goes on with the others
  verify --public-key FILE ...      recomputes every chain and checks every checkpoint
         [--kept FILE] [--json]     --kept: checkpoints that were kept elsewhere, as seal printed them
  export [--tenant T] [--agent A] [--tool T] [--since TIME] [--until TIME]
                                    sealed entries as JSON Lines; since inclusive, until exclusive. A TIME is ISO 8601 with a
                                    zone (2026-01-31T12:00:00Z), or a day, which begins in UTC; times in the lines are in UTC

DATABASE_AUDIT_URL   the login of sallyport_audit

Exit: 0 done, or the trail is whole; 1 it is not: verify found problems, seal would not extend a chain; 2 it could not be done.
With --every, seal goes on until SIGINT or SIGTERM, also while the database is away, and ends with the code of the last time.
`;

/** Exported or sealed entries between two lines of progress. */
const progressEvery = 10_000;

/** Where a command writes. */
export interface Output {
  /** Waited for where much is written: whoever reads may be slow. */
  readonly out: (text: string) => void | Promise<void>;
  /** Progress and words, not data. */
  readonly say: (text: string) => void;
}

/** Runs `audit` with these arguments, and resolves to the exit code. Throws a `TypeError` for arguments that are wrong. */
export async function runAudit(args: readonly string[], asAuditor: AsAuditor, io: Output): Promise<number> {
  const [command = '--help', ...rest] = args;
  const commands: Readonly<Record<string, (rest: string[]) => Promise<number>>> = {
    keys: (own) => keys(own, io),
    seal: (own) => seal(own, asAuditor, io).catch(notTheAuditor),
    verify: (own) => verify(own, asAuditor, io).catch(notTheAuditor),
    export: (own) => exportLines(own, asAuditor, io).catch(notTheAuditor),
  };
  const run = commands[command];
  if (run !== undefined && !rest.includes('--help')) return run(rest);
  if (run === undefined && command !== '--help') throw new TypeError(`there is no command audit ${command}\n\n${help}`);
  await io.out(help);
  return 0;
}

/** What Postgres says of another login, or of a database without a trail, names a table and not what to do. */
function notTheAuditor(error: unknown): never {
  const { sqlState = '' } = error instanceof DatabaseError ? error : {};
  if (sqlState === '42501') {
    throw new TypeError(
      'DATABASE_AUDIT_URL: its login may not read the audit trail; set it to that of the auditor, sallyport_audit, and not to that of the application',
    );
  }
  if (sqlState === '3F000' || sqlState === '42P01') {
    throw new TypeError(`DATABASE_AUDIT_URL: this database has no audit trail; ${setUpCommand} makes one`);
  }
  throw error;
}

async function keys(args: string[], { say }: Output): Promise<number> {
  const { values } = parseArgs({ args, options: { out: { type: 'string', default: '' } } });
  if (values.out === '') {
    throw new TypeError('--out: the directory for the two keys; not one whose files get into a repository or an image');
  }
  const [signing, open] = [join(values.out, 'signing-key.pem'), join(values.out, 'public-key.pem')];
  for (const file of [signing, open]) {
    if (existsSync(file))
      throw new TypeError(`${file} is there already, and nothing was written: give --out another directory`);
  }
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  await mkdir(values.out, { recursive: true });
  const exclusive = { flag: 'wx', mode: 0o600 } as const;
  await writeFile(signing, privateKey.export({ type: 'pkcs8', format: 'pem' }), exclusive);
  await writeFile(open, publicKey.export({ type: 'spki', format: 'pem' }), { flag: 'wx' });
  say(`wrote signing-key.pem and public-key.pem to ${values.out}\n`);
  return 0;
}

async function seal(args: string[], asAuditor: AsAuditor, { out, say }: Output): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      key: { type: 'string' },
      every: { type: 'string' },
      'public-key': { type: 'string', multiple: true, default: [] },
    },
  });
  if (values.key === undefined) throw new TypeError('--key: the file of the private key, as audit keys makes it');
  const everyMs = values.every === undefined ? undefined : Number(values.every) * 1_000;
  if (everyMs !== undefined && !(everyMs > 0)) throw new TypeError('--every: a number of seconds');
  const signer = await givenFile('key', values.key, checkpointSigner);
  const isSigned = await signedByOneOf(values['public-key']);
  const stop = everyMs === undefined ? AbortSignal.abort() : ended();
  const sealed = async (): Promise<readonly [words: string, code: number]> => {
    try {
      const { checkpoints, untrusted } = await asAuditor('sallyport:seal', (session) =>
        sealAudit(session, signer, { isSigned, progress: every(progressEvery, say) }),
      );
      for (const checkpoint of checkpoints) await out(`${JSON.stringify(checkpoint)}\n`);
      return [untrusted.map(({ message }) => `${message}\n`).join(''), untrusted.length === 0 ? 0 : 1];
    } catch (error) {
      if (everyMs === undefined || !isPassing(error)) throw error;
      return [`not sealed, and tried again: ${(error as Error).message}\n`, 2];
    }
  };
  for (let told = ''; ; ) {
    const [words, code] = await sealed();
    // Once, and again when it is about others.
    if (words !== told) say(words);
    told = words;
    await wait(everyMs, undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) return code;
  }
}

/** Whether the database is away, and will be there again. */
function isPassing(error: unknown): boolean {
  return error instanceof DatabaseError && ['unavailable', 'timeout', 'commit_unknown'].includes(error.kind);
}

/** Says how many entries it is at every so many; the sealer tells of a thousand at a time. */
function every(many: number, say: Output['say']): (entries: number) => void {
  return (entries) => {
    if (entries % many === 0) say(`${entries} entries\n`);
  };
}

/** Aborts when the process is asked to end. */
function ended(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

async function verify(args: string[], asAuditor: AsAuditor, { out, say }: Output): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      'public-key': { type: 'string', multiple: true, default: [] },
      kept: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  if (values['public-key'].length === 0) throw new TypeError('--public-key: the file of a key that signed checkpoints');
  const isSigned = await signedByOneOf(values['public-key']);
  const kept = values.kept === undefined ? [] : keptIn(values.kept, say);
  const progress = (count: number, what: string): void => say(`${count} ${what}\n`);
  const found = await asAuditor('sallyport:verify', (session) =>
    verifyAuditTrail(session, { isSigned, kept, progress }),
  );
  const whole = found.problems.length === 0;
  if (values.json) await out(`${JSON.stringify({ whole, ...found })}\n`);
  else {
    for (const { problem, ...place } of found.problems) await out(`${problem}: ${JSON.stringify(place)}\n`);
    const count = `${found.entries} entries of ${found.tenants} tenants, ${found.checkpoints} checkpoints`;
    await out(whole ? `whole: ${count}\n` : `NOT WHOLE, ${found.problems.length} problems: ${count}\n`);
  }
  return whole ? 0 : 1;
}

async function exportLines(args: string[], asAuditor: AsAuditor, { out, say }: Output): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args, options: { tenant: text, agent: text, tool: text, since: text, until: text } });
  const parsed = (time: string | undefined) => (time === undefined ? undefined : Date.parse(auditTime(time)));
  const { since = -Infinity, until = Infinity } = { since: parsed(values.since), until: parsed(values.until) };
  if (since > until) throw new TypeError('--since is after --until: nothing can be between them');
  await asAuditor('sallyport:export', async (session) => {
    let exported = 0;
    for await (const line of exportAudit(session, values)) {
      await out(`${line}\n`);
      exported += 1;
      if (exported % progressEvery === 0) say(`${exported} entries\n`);
    }
  });
  return 0;
}

async function signedByOneOf(files: readonly string[]): Promise<(checkpoint: Checkpoint) => boolean> {
  const ofFile = (file: string) => givenFile('public-key', file, (pem) => checkpointVerifier([pem]));
  const verifiers = await Promise.all(files.map(ofFile));
  return (checkpoint) => verifiers.some((isSigned) => isSigned(checkpoint));
}

/** Line by line: such a file grows for as long as there is a trail. */
async function* keptIn(file: string, say: Output['say']): AsyncGenerator<Checkpoint> {
  let checkpoints = 0;
  for await (const checkpoint of givenLines('kept', file, checkpointIn)) {
    if (checkpoint === undefined) continue;
    checkpoints += 1;
    if (checkpoints % (10 * progressEvery) === 0) say(`${checkpoints} kept checkpoints read\n`);
    yield checkpoint;
  }
  if (checkpoints === 0) say(`${file} holds no checkpoints: nothing is compared with it\n`);
}

/** `undefined` for an empty line. */
function checkpointIn(line: string, number: number): Checkpoint | undefined {
  if (line.trim() === '') return undefined;
  const checkpoint = parsed(line);
  const { tenant, hash, at, keyId, signature, seq } = checkpoint;
  const texts = [tenant, hash, at, keyId, signature].every((each) => typeof each === 'string');
  if (texts && typeof seq === 'number') return checkpoint as Checkpoint;
  throw new TypeError(
    `line ${number}: not a checkpoint as audit seal prints it. If it is the last and was cut off, take it away`,
  );
}

function parsed(line: string): Partial<Checkpoint> {
  try {
    return (JSON.parse(line) as Partial<Checkpoint> | null) ?? {};
  } catch {
    return {};
  }
}
