/**
 * The signal of calls that nobody can interrupt, one for all of them: making one for each costs more than most layers. What
 * listens to it is not kept, so nothing gathers on it.
 */
export const neverAborts: AbortSignal = new AbortController().signal;
neverAborts.addEventListener = () => {};
