/** More values than honest clients have between them; beyond that everything is forgotten and decided again. */
const maxKnown = 200;
const maxLength = 500;

/** The decision, remembered for short values: clients send the same header with every request. Throws are not remembered. */
export function remembered<T>(decide: (value: string | undefined) => T): (value: string | undefined) => T {
  const known = new Map<string | undefined, { readonly decided: T }>();
  return (value) => {
    const before = known.get(value);
    if (before !== undefined) return before.decided;
    const decided = decide(value);
    if (value !== undefined && value.length > maxLength) return decided;
    if (known.size >= maxKnown) known.clear();
    known.set(value, { decided });
    return decided;
  };
}
