import { EventEmitter, getEventListeners } from 'node:events';

// Everything that a listener is added to is kept in mind, weakly, so that those that are left can be counted. What nothing is added
// to any more, once this is imported, is not seen.

const heard = new Set<WeakRef<Source>>();
/** On what was heard of, the types of its events. There, because the table of a `WeakMap` stays as large as it ever was. */
const types = Symbol('types of events');

type Source = (EventEmitter | EventTarget) & { [types]?: Set<string> };

function hear(source: Source): Set<string> {
  if (source[types] === undefined) {
    Object.defineProperty(source, types, { value: new Set() });
    heard.add(new WeakRef(source));
  }
  return source[types] as Set<string>;
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

function listenersOf(source: Source): number {
  const names = source instanceof EventTarget ? [...hear(source)] : source.eventNames();
  return names.reduce((sum, type) => sum + getEventListeners(source, type as string).length, 0);
}
