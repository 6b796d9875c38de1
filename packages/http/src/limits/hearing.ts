import type { IncomingMessage } from 'node:http';
import type { CallRequest, OnAdmission, Tool } from '@sallyport/core';

/** Brings what is decided about the limits of a call, also behind an SDK, to whoever answers its HTTP request. */
export class Hearing {
  /** Whether a denial leaves the protocol, so that an answer must not begin before it is decided. */
  readonly late: boolean;
  readonly #listeners = new WeakMap<IncomingMessage | Request, OnAdmission>();

  constructor(late: boolean) {
    this.late = late;
  }

  /** From now on `listener` is told about the call that comes with this request. */
  add(request: IncomingMessage, listener: OnAdmission): void {
    this.#listeners.set(request, listener);
  }

  /** Who listens to this request. */
  of(request: IncomingMessage | Request): OnAdmission | undefined {
    return this.#listeners.get(request);
  }

  /** The request goes on in another form. */
  forward(request: IncomingMessage, forwarded: Request): void {
    const listener = this.of(request);
    if (listener !== undefined) this.#listeners.set(forwarded, listener);
  }

  /** The tool, heard when an SDK calls it. */
  hear(tool: Tool): Tool {
    return {
      facts: tool.facts,
      layers: tool.layers,
      call: (request) => tool.call(this.#heard(request)),
      outcome: (request) => tool.outcome(this.#heard(request)),
    };
  }

  #heard(request: CallRequest): CallRequest {
    const { http } = (request.sdk ?? {}) as { readonly http?: { readonly req?: Request } };
    const onAdmission = http?.req === undefined ? undefined : this.of(http.req);
    return onAdmission === undefined ? request : { ...request, onAdmission };
  }
}
