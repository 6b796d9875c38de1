import { canonicalJson, type WithInput } from '@sallyport/core';
import { hideSecrets, type Secrets } from './hide-secrets.js';

/**
 * What of the arguments can be written: as the schema made them, where that is JSON, otherwise as they were sent. Where some
 * are secret, as they were sent: what paths mean in what a schema made is not known. `null` when there is no JSON.
 */
export function toldArguments({ input, sent }: WithInput, secrets: Secrets | undefined): unknown {
  if (secrets !== undefined) return isJson(sent) ? hideSecrets(sent, input, secrets) : null;
  return [input, sent].find(isJson) ?? null;
}

/** Not dates, maps and instances of classes. */
function isJson(value: unknown): boolean {
  try {
    return canonicalJson(value) !== undefined;
  } catch {
    return false;
  }
}
