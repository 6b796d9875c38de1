/**
 * When an agent wants to call.
 *
 * `steady` and `bursts` are open loops: when they call does not depend on when they are answered, so a slow server cannot make the
 * storm ask less of it, and their latencies leave nothing out. `steady` calls at random, `perSecond` times on average (a Poisson
 * process); `bursts` makes `size` calls at once, then pauses for half to one and a half times `pauseMs`. `loop` is a closed loop: it
 * waits for the answer, thinks for half to one and a half times `thinkMs`, and calls again.
 */
export type Rhythm =
  | { readonly kind: 'steady'; readonly perSecond: number }
  | { readonly kind: 'bursts'; readonly size: number; readonly pauseMs: number }
  | { readonly kind: 'loop'; readonly thinkMs: number };
