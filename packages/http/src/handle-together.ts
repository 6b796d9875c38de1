import { writeNow } from './direct/write-together.js';
import { Gathered } from './gathered.js';

/**
 * Goes on with a request that has come whole, together with others of this turn of the event loop: at its end, and before that as soon as there
 * are 32 of them, or one comes a millisecond or more after the first. To read and write HTTP is one large body of code and to guard and answer a call another, and a core
 * has no room for both in its caches. With 32 connections it takes up to a quarter less time to do all of the one and then all of the other than
 * to take each request through both.
 */
export function handleTogether(goOn: () => void): void {
  whole.add(goOn);
}

const whole = new Gathered<() => void>((all) => {
  for (const goOn of all) goOn();
  // What goes on are promises. Their answers are written when everything that can go on without waiting has.
  queueMicrotask(afterMicrotasks);
});

function afterMicrotasks(): void {
  process.nextTick(writeNow);
}
