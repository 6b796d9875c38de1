import type { Call, Handler, HardenedOptions, Layer } from '@sallyport/core';

/** What a careless `idempotent` leaves out of the scope of a key; `arguments`: of its fingerprint. */
export type LeftOut = 'agent' | 'issuer' | 'tenant' | 'tool' | 'arguments';

type Any = Call & Record<string, unknown>;

/** The shipped stack whose `idempotent` does not see one part of a call. What is below it sees the call as it is. */
export function blindScope(leftOut: LeftOut): HardenedOptions {
  const blinded = ({ principal, tenant, input, sent }: Any): object => {
    if (leftOut === 'agent') return { principal: { ...(principal as object), subject: 'anybody' } };
    if (leftOut === 'issuer') return { principal: { ...(principal as object), issuer: 'anybody' } };
    if (leftOut === 'tenant') return { tenant: 'anybody' };
    if (leftOut === 'arguments') return { input: {}, sent: undefined };
    return { principal, tenant, input, sent };
  };
  const blind = <N, A, P>(layer: Layer<N, A, P>): Layer<N, A, P> => ({
    ...layer,
    wrap(next, tool) {
      const restored = (call: Any) => next({ ...call, ...(call.whole as object) } as never);
      const inner = layer.wrap(restored as never, leftOut === 'tool' ? { ...tool, name: 'any' } : tool);
      return (call) => {
        const { principal, tenant, input, sent } = call as Any;
        return (inner as Handler<Any>)({
          ...(call as Any),
          ...blinded(call as Any),
          whole: { principal, tenant, input, sent },
        });
      };
    },
  });
  return {
    observe: {
      layer: { name: 'observe', wrap: (next) => next },
      report: () => {},
      watch: (layer) => (layer.name === 'idempotent' ? blind(layer) : layer),
    },
  };
}
