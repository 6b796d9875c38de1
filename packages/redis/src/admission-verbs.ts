import type { Admission, AdmissionRequest, AdmissionStore, Clock } from '@sallyport/core';
import {
  type AdmissionScripts,
  admissionKeys,
  admitArguments,
  admitReply,
  leaseKeys,
  withdrawArguments,
} from './admission-scripts.js';
import type { KeyOf } from './key-layout.js';
import { Outbox } from './outbox.js';
import { ServerClock } from './server-clock.js';

/** What is asked of a connection besides scripts. */
interface Connection {
  readonly status: string;
  time(): Promise<readonly (string | number)[]>;
  on(event: 'ready', listener: () => void): unknown;
}

/** What the verbs are made of. */
export interface AdmissionParts {
  readonly redis: Connection;
  readonly scripts: AdmissionScripts;
  readonly key: KeyOf;
  /** How long a decision may take, in milliseconds. */
  readonly withinMs: number;
  readonly clock: Clock;
}

/** How long an admission can still be undone, in milliseconds; and how long one that is sent twice is recognised. */
const rememberMs = 15_000;

/** An admission store that is somewhere else: its decisions take a round trip. */
export interface RemoteAdmissionStore extends AdmissionStore {
  admit(request: AdmissionRequest): Promise<Admission>;
}

/** The verbs of an admission store, each one round trip. */
export function admissionVerbs({ redis, scripts, key, withinMs, clock }: AdmissionParts): RemoteAdmissionStore {
  const server = new ServerClock();
  const later = new Outbox(clock, { keepMs: rememberMs });
  const isReady = () => redis.status === 'ready';

  const askTime = async (): Promise<number> => {
    const [seconds = 0, microseconds = 0] = (await redis.time()).map(Number);
    const now = clock.now();
    server.observe(seconds * 1_000 + microseconds / 1_000, now);
    return server.at(now) ?? 0;
  };
  // Ahead of the first call, so that also that one takes a single round trip.
  const getToKnow = () => {
    server.forget();
    askTime().catch(() => {});
  };
  redis.on('ready', getToKnow);
  if (isReady()) getToKnow();

  /** Sent when the admission can no longer happen: it has happened by then, or never will. */
  const undo = (request: AdmissionRequest) => {
    const send = () => scripts.withdraw(admissionKeys(key, request), withdrawArguments(request));
    clock.setTimeout(() => later.add(send), withinMs);
  };

  return {
    async admit(request): Promise<Admission> {
      const keys = admissionKeys(key, request);
      const startedAt = clock.now();
      for (;;) {
        const now = server.at(clock.now()) ?? (await askTime());
        const sent = isReady();
        try {
          const args = admitArguments(request, now + withinMs, rememberMs);
          const reply = admitReply(await scripts.admit(keys, args), request);
          server.observe(reply.atMs, clock.now());
          if (!('tooLate' in reply)) return reply;
          // Its clock may have been set, or ours have stood still: once more with what it says now.
          server.forget();
          server.observe(reply.atMs, clock.now());
        } catch (error) {
          if (sent) undo(request);
          throw error;
        }
        if (clock.now() - startedAt >= withinMs) throw new Error('Redis did not decide in time.');
      }
    },
    async renew(request) {
      await scripts.renew(leaseKeys(key, request), [request.id, request.leaseMs]);
    },
    async release(request) {
      const send = () => scripts.release(leaseKeys(key, request), [request.id]);
      // Nobody waits for it, and a slot that stays taken is in somebody's way.
      await send().catch(() => later.add(send));
    },
  };
}
