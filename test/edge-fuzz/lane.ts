import { connect, type Socket } from 'node:net';
import { AnswerReader, type WireAnswer } from './answer-reader.js';
import type { WireRequest } from './wire-request.js';

/** Time for a request to arrive before its sender hangs up. */
const abortAfterMs = 3;

/** What came of requests that were sent together. */
export interface Outcome {
  /** In the order of the requests; more than there were when broken framing made several of one. */
  readonly answers: readonly WireAnswer[];
  /** How it ended: all answered, the server closed, or neither within the patience. */
  readonly end: 'answered' | 'closed' | 'silent';
}

/** A connection that is kept as long as the server keeps it. */
export class Lane {
  #socket: Socket | undefined;
  readonly #port: number;
  readonly #patienceMs: number;

  constructor(port: number, patienceMs: number) {
    this.#port = port;
    this.#patienceMs = patienceMs;
  }

  /** Sends the requests in one go, without waiting in between. `cuts` are places at which the bytes are torn apart. */
  async send(requests: readonly WireRequest[], cuts: readonly number[]): Promise<Outcome> {
    const last = requests.at(-1);
    const keeps = last?.ends !== true && last?.aborts !== true;
    const socket =
      this.#socket?.destroyed === false
        ? this.#socket
        : connect({ port: this.#port, host: '127.0.0.1', allowHalfOpen: true });
    this.#socket = socket;
    socket.setNoDelay(true);
    const written = writeTorn(socket, Buffer.concat(requests.map(({ bytes }) => bytes)), cuts);
    const done = collect(socket, requests, this.#patienceMs, written);
    await written;
    const outcome = await done;
    if (!keeps || outcome.end !== 'answered' || outcome.answers.at(-1)?.headers.connection === 'close') this.close();
    return outcome;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }
}

async function writeTorn(socket: Socket, bytes: Buffer, cuts: readonly number[]): Promise<void> {
  let at = 0;
  for (const cut of [...cuts].map((share) => Math.floor(share * bytes.length)).sort((a, b) => a - b)) {
    if (cut > at) socket.write(bytes.subarray(at, cut));
    at = Math.max(at, cut);
    await new Promise(setImmediate);
  }
  if (!socket.destroyed) socket.write(bytes.subarray(at));
}

/** Resolves when there are as many answers as requests, the connection closed, or nothing came for too long. */
function collect(
  socket: Socket,
  requests: readonly WireRequest[],
  patienceMs: number,
  written: Promise<void>,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const reader = new AnswerReader();
    const answers: WireAnswer[] = [];
    const finish = (end: Outcome['end']) => {
      clearTimeout(timer);
      for (const name of ['data', 'end', 'close', 'error']) socket.removeAllListeners(name);
      socket.on('error', () => {});
      const rest = end === 'closed' || end === 'silent' ? reader.rest() : undefined;
      resolve({ answers: rest === undefined ? answers : [...answers, rest], end });
    };
    const timer = setTimeout(() => finish('silent'), patienceMs);
    const { ends = false, aborts = false } = requests.at(-1) ?? {};
    const waitsForClose = ends || aborts;
    let leaving = false;
    // Node cuts off what it has not answered when its client closes its side: so that comes when all before was answered.
    const leave = () => {
      if (!waitsForClose || leaving || answers.length < requests.length - 1) return;
      leaving = true;
      void written.then(() => {
        if (ends) socket.end();
        else setTimeout(() => socket.destroy(), abortAfterMs);
      });
    };
    leave();
    socket.on('data', (bytes: Buffer) => {
      answers.push(...reader.take(bytes, (nth) => requests[nth]?.head === true));
      leave();
      if (!waitsForClose && answers.length >= requests.length) finish('answered');
    });
    socket.on('end', () => finish('closed'));
    socket.on('close', () => finish('closed'));
    socket.on('error', () => {});
  });
}
