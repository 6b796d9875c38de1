import { Recent } from '@sallyport/core/adapter';

/** Longer ones are seldom shared. */
const maxLength = 1_000;
const texts = new Recent<string, string>(1_000);
const lists = new Recent<string, readonly string[]>(1_000);

/** The same text: one object for all tokens that name the same issuer, client, tenant or plan, while it is used. */
export function heldOnce(text: string): string {
  if (text.length > maxLength) return text;
  const held = texts.get(text);
  if (held === undefined) texts.set(text, text);
  return held ?? text;
}

/** A list of the same scopes, frozen. None of them has a space. */
export function listHeldOnce(list: readonly string[]): readonly string[] {
  const text = list.join(' ');
  if (text.length > maxLength) return Object.freeze([...list]);
  const held = lists.get(text);
  if (held !== undefined) return held;
  // Parts of this text, and not of the claim they came from, which may be much longer and would be kept with them.
  const own = Object.freeze(text === '' ? [] : text.split(' '));
  lists.set(text, own);
  return own;
}
