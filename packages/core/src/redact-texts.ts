/** Changes a text before it leaves the server: takes secrets out of it. */
export type Redact = (text: string) => string;

/** The value with every text in it redacted. */
export function redactTexts(value: unknown, redact: Redact): unknown {
  return redactIn(value, redact, (name) => name);
}

/** The same where names are data as well: not the protocol's, but the handler's own. Names that become equal are one. */
export function redactData(value: unknown, redact: Redact): unknown {
  return redactIn(value, redact, redact);
}

function redactIn(value: unknown, redact: Redact, redactName: Redact): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value;
  if ('toJSON' in value && typeof value.toJSON === 'function') return redactIn(value.toJSON(), redact, redactName);
  if (Array.isArray(value)) return value.map((item) => redactIn(item, redact, redactName));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [redactName(name), redactIn(item, redact, redactName)]),
  );
}
