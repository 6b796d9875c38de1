import { writeNow } from './direct/write-together.js';
import { Gathered } from './gathered.js';

/**
 * Goes on with a request that has come whole, together with others of this turn of the event loop. To read and write HTTP is one body of code
 * and to guard and answer a call another, and both are larger than the caches of a core: a server that does all of the one and then all of the other
 * needs a quarter less time than one that takes each request through both.
 */
export function handleTogether(goOn: () => void): void {
  whole.add(goOn);
}

const whole = new Gathered<() => void>((all) => {
  for (const goOn of all) goOn();
  // What goes on are promises, and most have their answer when they have run once.
  queueMicrotask(writeNow);
});
