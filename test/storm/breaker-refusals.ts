import { type Call, type Handler, type Layer, type Observer, ToolError, type ToolFacts } from '@sallyport/core';
import { waitedForCpuMs } from './cpu-wait.js';

/** A call that a breaker refused. */
export interface BreakerRefusal {
  readonly tool: string;
  /** From its arrival at the breaker to the refusal, without what the process waited for a processor meanwhile. */
  readonly decidedMs: number;
  /** From its arrival at the first layer to its answer: admission by Redis, and the key that it claims and gives back, among it. */
  readonly tookMs: number;
}

/** The same observer, which tells of each call that a breaker refused as well. While `isGuarded` says no, there are no breakers. */
export function breakerRefusals<P>(
  observer: Observer<P>,
  isGuarded: () => boolean,
  onRefused: (refusal: BreakerRefusal) => void,
): Observer<P> {
  const { layer: outermost } = observer;
  const decided = new WeakMap<Call['work'], number>();
  return {
    ...observer,
    layer: {
      ...outermost,
      wrap: <C extends Call>(next: Handler<C>, tool: ToolFacts & P): Handler<C> => {
        const watched = outermost.wrap(next, tool);
        return (call) => {
          const began = performance.now();
          const answer = watched(call);
          answer.catch(() => {
            const decidedMs = decided.get(call.work);
            if (decidedMs === undefined) return;
            onRefused({ tool: tool.name, decidedMs, tookMs: performance.now() - began });
          });
          return answer;
        };
      },
    },
    watch<Needs, Adds, Policy>(layer: Layer<Needs, Adds, Policy>): Layer<Needs, Adds, Policy> {
      const watched = observer.watch(layer);
      if (layer.name !== 'depend') return watched;
      return {
        ...watched,
        wrap: <C extends Call & Needs>(next: Handler<C & Adds>, tool: ToolFacts & Policy): Handler<C> => {
          const guarded = watched.wrap<C>(next, tool);
          return (call) => {
            if (!isGuarded()) return next(call as C & Adds);
            const began = ownMs();
            const answer = guarded(call);
            answer.catch((error: unknown) => {
              if (isOfBreaker(error)) decided.set(call.work, ownMs() - began);
            });
            return answer;
          };
        },
      };
    },
  };
}

/** A clock that stands still while the process has no processor. */
function ownMs(): number {
  return performance.now() - waitedForCpuMs();
}

function isOfBreaker(error: unknown): boolean {
  return error instanceof ToolError && error.message.includes('does not work now');
}
