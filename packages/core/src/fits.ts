/** A code unit of text becomes at most six bytes of JSON in UTF-8 (`\u0000`); a number at most 24, with room for commas. */
const bytesPerUnit = 6;
const bytesPerValue = 32;
const maxValues = 200;

/**
 * Whether the JSON text of a value is certainly within so many bytes, without making it. `false` means that nobody knows: the
 * value is large, or not plain data.
 */
export function certainlyFits(value: unknown, limitBytes: number): boolean {
  let left = limitBytes;
  let values = maxValues;
  const takes = (item: unknown): boolean => {
    left -= bytesPerValue;
    values--;
    if (left < 0 || values < 0) return false;
    switch (typeof item) {
      case 'string':
        left -= item.length * bytesPerUnit;
        return left >= 0;
      case 'number':
      case 'boolean':
      case 'undefined':
        return true;
      case 'object':
        return item === null || takesMembers(item);
      default:
        return false;
    }
  };
  const takesMembers = (item: object): boolean => {
    if ('toJSON' in item) return false;
    for (const key in item) {
      left -= key.length * bytesPerUnit;
      if (!takes((item as Readonly<Record<string, unknown>>)[key])) return false;
    }
    return true;
  };
  return takes(value);
}
