/**
 * What an agent does when it is refused.
 *
 * `follows` is silent until the time it was told has passed; told none, it waits one second, then two, then four, to thirty.
 * `ignores` goes on as if nothing had been said. `retries` repeats the refused call, up to `times` times, each after half to one and a
 * half times `afterMs`, whatever it was told.
 */
export type Manners =
  | { readonly kind: 'follows' }
  | { readonly kind: 'ignores' }
  | { readonly kind: 'retries'; readonly times: number; readonly afterMs: number };
