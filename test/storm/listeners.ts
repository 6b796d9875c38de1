import { EventEmitter, getEventListeners } from 'node:events';

// Everything that a listener is added to is kept in mind, weakly, so that those that are left can be counted. What nothing is added
// to any more, once this is imported, is not seen.

/** What listeners were added to, with the types of events where these cannot be asked for. */
const heard = new Set<WeakRef<EventEmitter | EventTarget>>();
const known = new WeakMap<EventEmitter | EventTarget, Set<string>>();

function hear(source: EventEmitter | EventTarget): Set<string> {
  let types = known.get(source);
  if (types === undefined) {
    types = new Set();
    known.set(source, types);
    heard.add(new WeakRef(source));
  }
  return types;
}

const { prototype: emitter } = EventEmitter;
for (const add of ['on', 'addListener', 'prependListener'] as const) {
  const plain = emitter[add];
  emitter[add] = function added(...listening) {
    hear(this);
    return plain.apply(this, listening);
  };
}
const { prototype: target } = EventTarget;
const plain = target.addEventListener;
target.addEventListener = function added(...listening) {
  hear(this).add(listening[0]);
  return plain.apply(this, listening);
};

/** Listeners of everything that is still there, by the kind of what they listen to. To be asked after a garbage collection. */
export function listenersByKind(): Readonly<Record<string, number>> {
  const kinds: Record<string, number> = {};
  for (const reference of heard) {
    const source = reference.deref();
    if (source === undefined) {
      heard.delete(reference);
      continue;
    }
    const count = listenersOf(source);
    const kind = source.constructor.name;
    if (count > 0) kinds[kind] = (kinds[kind] ?? 0) + count;
  }
  return kinds;
}

function listenersOf(source: EventEmitter | EventTarget): number {
  const types = source instanceof EventTarget ? [...hear(source)] : source.eventNames();
  return types.reduce((sum, type) => sum + getEventListeners(source, type as string).length, 0);
}
