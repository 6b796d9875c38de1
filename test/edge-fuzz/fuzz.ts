import fc from 'fast-check';
import { Lane, type Outcome } from './lane.js';
import { requests } from './requests.js';
import { fault } from './rules.js';
import { startTarget, type Target } from './start-target.js';
import type { Health } from './target.js';
import type { WireRequest } from './wire-request.js';

/** What is sent, and how. */
export interface FuzzOptions {
  readonly count: number;
  /** Equal seeds make equal requests; which of them are under way together differs. */
  readonly seed: number;
  readonly bug?: string;
  /** Of the 2025 era, whose good calls then need one and are left out. Default none. */
  readonly sessions?: 'none' | 'memory';
  readonly lanes?: number;
  /** A request that is not answered for so long counts as hanging. */
  readonly patienceMs?: number;
  /** Stops at the first violation. */
  readonly firstOnly?: boolean;
  readonly onProgress?: (sent: number, violations: number) => void;
}

/** Something that must not happen, and the bytes that made it. */
interface Violation {
  readonly what: string;
  readonly request: string;
}

/** What came of it. */
export interface FuzzReport {
  readonly sent: number;
  readonly seed: number;
  readonly seconds: number;
  /** How often each status was answered; `closed` for connections that ended without a further answer. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly good: number;
  readonly violations: readonly Violation[];
  readonly before: Health;
  readonly after: Health;
}

const perBatch = 8;
const perSample = 800;
const maxViolations = 20;
/** What caches may still fill after the first tenth. A leak of one request in ten would be far more. */
const heapSlackBytes = 16 * 1024 * 1024;

/** All clients are gone by then, so there is nothing to wait for. */
const maxDrainMs = 3_000;

/** Attacks a server of its own with generated requests and judges every answer, and the server before and after. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const target = await startTarget({ bug: options.bug, sessions: options.sessions });
  try {
    return await attack(target, options);
  } finally {
    await target.stop();
  }
}

async function attack(
  target: Target,
  {
    count,
    seed,
    sessions = 'none',
    lanes = 24,
    patienceMs = 15_000,
    firstOnly = false,
    onProgress = () => {},
  }: FuzzOptions,
): Promise<FuzzReport> {
  const began = performance.now();
  const generated = batches(requests(target.tokens, sessions === 'none'), seed);
  const violations: Violation[] = [];
  const statuses: Record<string, number> = {};
  let sent = 0;
  let good = 0;
  const violated = (what: string, by?: WireRequest) => {
    if (violations.length < maxViolations) violations.push({ what, request: by === undefined ? '' : shown(by) });
  };
  const stop = () => violations.length >= (firstOnly ? 1 : maxViolations);
  const run = async (until: number): Promise<void> => {
    const lane = new Lane(target.port, patienceMs);
    while (sent < until && !stop()) {
      const { batch, cuts } = generated();
      sent += batch.length;
      good += batch.filter((request) => request.good !== undefined).length;
      const outcome = await lane.send(batch, cuts);
      for (const { status } of outcome.answers) statuses[status] = (statuses[status] ?? 0) + 1;
      if (outcome.end === 'closed') statuses.closed = (statuses.closed ?? 0) + 1;
      judge(batch, outcome, violated);
    }
    lane.close();
  };
  const phase = async (until: number): Promise<void> => {
    const timer = setInterval(() => onProgress(sent, violations.length), 1_000);
    await Promise.all(Array.from({ length: lanes }, () => run(until)));
    clearInterval(timer);
  };

  const health = () => target.health().catch((error: unknown) => error as Error);
  await phase(Math.ceil(count / 10));
  const before = await health();
  await phase(count);
  const after = await health();
  if (before instanceof Error || after instanceof Error) {
    violated(`the process is not well: ${(after instanceof Error ? after : (before as Error)).message}`);
  } else {
    for (const crash of after.crashes) violated(crash);
    if (after.polluted.length > 0) violated(`every object has ${after.polluted.join(', ')}`);
    const grown = after.heapBytes - before.heapBytes;
    if (grown > heapSlackBytes) violated(`memory grew by ${Math.round(grown / 1024 / 1024)} MiB`);
    const { cutOff, ms } = await target.drain();
    if (cutOff > 0 || ms > maxDrainMs) violated(`calls are still in flight: the drain took ${Math.round(ms)} ms`);
    if (after.handles > before.handles + lanes) violated(`${after.handles - before.handles} more handles are open`);
  }
  const none: Health = { heapBytes: 0, handles: 0, crashes: [], polluted: [] };
  return {
    sent,
    seed,
    seconds: Math.round((performance.now() - began) / 100) / 10,
    statuses,
    good,
    violations,
    before: before instanceof Error ? none : before,
    after: after instanceof Error ? none : after,
  };
}

function judge(batch: readonly WireRequest[], outcome: Outcome, violated: (what: string, by?: WireRequest) => void) {
  const { answers, end } = outcome;
  const last = batch.at(-1);
  const mayEnd = last?.ends === true || last?.aborts === true;
  const expected = mayEnd ? batch.length - 1 : batch.length;
  const said = answers.some(({ headers }) => headers.connection === 'close');
  if (end === 'silent') violated('is not answered', batch[Math.min(answers.length, batch.length - 1)]);
  else if (answers.length < expected && !said) violated('is closed without an answer', batch[answers.length]);
  if (!mayEnd && answers.length > batch.length) violated('has more than one answer', last);
  for (const [i, answer] of answers.entries()) {
    const request = batch[i] ?? last;
    const wrong = request === undefined ? undefined : fault(request, answer);
    if (wrong !== undefined) violated(wrong, request);
  }
}

/** Batches whose last request alone may end the connection. */
function batches(arbitrary: fc.Arbitrary<WireRequest>, seed: number) {
  let pending: WireRequest[] = [];
  let samples = 0;
  return (): { readonly batch: readonly WireRequest[]; readonly cuts: readonly number[] } => {
    if (pending.length < perBatch)
      pending = [...pending, ...fc.sample(arbitrary, { numRuns: perSample, seed: seed + samples++ })];
    const size = 1 + ((samples * 7 + pending.length) % perBatch);
    const ending = pending.slice(0, size).findIndex(({ ends, aborts }) => ends || aborts);
    const batch = pending.splice(0, ending < 0 ? size : ending + 1);
    // Every fifth is torn apart.
    return { batch, cuts: pending.length % 5 === 0 ? [0.2, 0.21, 0.7] : [] };
  };
}

function shown({ bytes }: WireRequest): string {
  const text = JSON.stringify(bytes.toString('latin1').replace(/eyJ[\w-]+\.[\w-]+\.[\w-]+/, '<a good token>'));
  return text.length > 1_500 ? `${text.slice(0, 1_500)}… (${bytes.length} bytes)` : text;
}
