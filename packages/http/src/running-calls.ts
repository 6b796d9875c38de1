import { type CallRequest, type Tool, ToolError } from '@sallyport/core';

/** The tool calls that run now, wherever their callers have gone, and the means to interrupt them. */
export class RunningCalls {
  readonly #running = new Set<AbortController>();

  /** The tool with a signal that also aborts on {@link interrupt}. */
  track(tool: Tool): Tool {
    return {
      facts: tool.facts,
      layers: tool.layers,
      call: (request) => this.#run(request, (linked) => tool.call(linked)),
      outcome: (request) => this.#run(request, (linked) => tool.outcome(linked)),
    };
  }

  /** Aborts every call that runs, with `SHUTTING_DOWN` as the reason. Returns how many. */
  interrupt(): number {
    const reason = new ToolError(
      'SHUTTING_DOWN',
      'This instance is shutting down. Repeat the call; another one answers it.',
    );
    const count = this.#running.size;
    for (const controller of this.#running) controller.abort(reason);
    return count;
  }

  async #run<T>(request: CallRequest, call: (linked: CallRequest) => Promise<T>): Promise<T> {
    const { signal } = request;
    const controller = new AbortController();
    const onAbort = () => controller.abort(signal?.reason);
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    this.#running.add(controller);
    try {
      return await call({ ...request, signal: controller.signal });
    } finally {
      this.#running.delete(controller);
      signal?.removeEventListener('abort', onAbort);
    }
  }
}
