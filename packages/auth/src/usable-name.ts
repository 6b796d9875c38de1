/** Control characters, line ends and halves of characters: they forge lines of a log, or make two names one key of a store. */
const unwritable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Something that a reader of a log can see. */
const visible = /[^\s\p{Z}\p{Cf}]/u;

/** Whether the value can be a key of limits and a field of logs: text of at most 256 characters, not blank, on one line. */
export function isUsableName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 256 && visible.test(value) && !unwritable.test(value);
}
