import type { Call } from './call.js';
import { type Interruption, Signalled } from './interruption.js';

/** What a call has and what the shipped layers put on it, but for the signal. */
interface Fields {
  readonly tool?: unknown;
  readonly input?: unknown;
  readonly requestId?: unknown;
  readonly auth?: unknown;
  readonly meta?: unknown;
  readonly client?: unknown;
  readonly watch?: unknown;
  readonly work?: unknown;
  readonly priority?: unknown;
  readonly onAdmission?: unknown;
  readonly sdk?: unknown;
  readonly principal?: unknown;
  readonly tenant?: unknown;
  readonly idempotencyKey?: unknown;
  readonly sent?: unknown;
  readonly remainingMs?: unknown;
}

/** Nothing that has no place in a copy. */
type Known<A> = A & { readonly [K in Exclude<keyof A, keyof Fields>]: never };

/**
 * A call as the shipped layers hand it to each other: its signal is made when it is first read. It is a class because its
 * copies are: an object literal with a getter gets a hidden class of its own each time, and V8 keeps that, with all the getter
 * knows, until the next full collection. Its fields have places of their own, filled or not: copied one by one they cost half of
 * what `Object.assign` does.
 */
export class LeanCall implements Fields {
  readonly tool: unknown;
  readonly input: unknown;
  readonly requestId: unknown;
  readonly auth: unknown;
  readonly meta: unknown;
  readonly client: unknown;
  readonly watch: unknown;
  readonly work: unknown;
  readonly priority: unknown;
  readonly onAdmission: unknown;
  readonly sdk: unknown;
  readonly principal: unknown;
  readonly tenant: unknown;
  readonly idempotencyKey: unknown;
  readonly sent: unknown;
  readonly remainingMs: unknown;
  readonly #interruption: Interruption;
  #isWhole = false;
  /** Whether it has fields that no shipped layer knows. */
  #hasOthers = false;

  private constructor(interruption: Interruption, call: Fields) {
    this.tool = call.tool;
    this.input = call.input;
    this.requestId = call.requestId;
    this.auth = call.auth;
    this.meta = call.meta;
    this.client = call.client;
    this.watch = call.watch;
    this.work = call.work;
    this.priority = call.priority;
    this.onAdmission = call.onAdmission;
    this.sdk = call.sdk;
    this.principal = call.principal;
    this.tenant = call.tenant;
    this.idempotencyKey = call.idempotencyKey;
    this.sent = call.sent;
    this.remainingMs = call.remainingMs;
    this.#interruption = interruption;
  }

  static begin(interruption: Interruption, call: Omit<Call, 'signal' | 'instead' | 'transaction'>): Call {
    return new LeanCall(interruption, call) as unknown as Call;
  }

  get signal(): AbortSignal {
    return this.#interruption.signal;
  }

  /** The call with what a layer adds, its signal unread. The call may be anybody's, and is not changed. */
  static passOn<C extends Call, A extends object>(call: C, adds: Known<A>): C & A {
    return LeanCall.#isLean(call)
      ? (Object.assign(call.#copy(call.#interruption), adds) as LeanCall & C & A)
      : Object.assign({}, call, adds);
  }

  /** The same, under another interruption. */
  static passOnUnder<C extends Call, A extends object>(interruption: Interruption, call: C, adds: Known<A>): C & A {
    if (LeanCall.#isLean(call)) return Object.assign(call.#copy(interruption), adds) as LeanCall & C & A;
    const { signal: _, ...rest } = call;
    const copy = new LeanCall(interruption, rest);
    copy.#hasOthers = true;
    return Object.assign(copy, rest, adds) as LeanCall & C & A;
  }

  /** What interrupts the call: what its signal says, without making one. */
  static interruptionOf(call: Call): Interruption {
    return LeanCall.#isLean(call) ? call.#interruption : new Signalled(call.signal);
  }

  /** The call as somebody else's code may copy it: the signal, still unread, is among its own fields. */
  static whole<C extends Call>(call: C): C {
    if (LeanCall.#isLean(call)) {
      call.#isWhole = true;
      defineGetter.call(call, 'signal', ownSignal);
    }
    return call;
  }

  /** Not when it is whole: copying it would read the signal, and the copy is plain data. */
  static #isLean(call: Call): call is LeanCall & Call {
    return #interruption in call && !call.#isWhole;
  }

  #copy(interruption: Interruption): LeanCall {
    const copy = new LeanCall(interruption, this);
    if (!this.#hasOthers) return copy;
    copy.#hasOthers = true;
    return Object.assign(copy, this);
  }
}

/** Makes an enumerable accessor, as `Object.defineProperty` does with a descriptor, in a third of its time (ECMAScript, B.2.2.2). */
const { __defineGetter__: defineGetter } = Object.prototype as unknown as {
  readonly __defineGetter__: (this: object, name: string, getter: unknown) => void;
};
const ownSignal = Object.getOwnPropertyDescriptor(LeanCall.prototype, 'signal')?.get;
