/** A code unit of text becomes at most six bytes of JSON in UTF-8 (`\u0000`); a number at most 24, with room for commas. */
const bytesPerUnit = 6;
const bytesPerValue = 32;
const maxValues = 200;

/**
 * Whether the JSON text of a value is certainly within so many bytes, without making it. `false` means that nobody knows: the
 * value is large, or not plain data.
 */
export function certainlyFits(value: unknown, limitBytes: number): boolean {
  return new Room(limitBytes).takes(value);
}

class Room {
  #bytes: number;
  #values = maxValues;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  takes(item: unknown): boolean {
    this.#bytes -= bytesPerValue;
    this.#values--;
    if (this.#bytes < 0 || this.#values < 0) return false;
    switch (typeof item) {
      case 'string':
        this.#bytes -= item.length * bytesPerUnit;
        return this.#bytes >= 0;
      case 'number':
      case 'boolean':
      case 'undefined':
        return true;
      case 'object':
        return item === null || (Array.isArray(item) ? this.#takesItems(item) : this.#takesMembers(item));
      default:
        return false;
    }
  }

  #takesItems(items: readonly unknown[]): boolean {
    if ('toJSON' in items) return false;
    for (const item of items) if (!this.takes(item)) return false;
    return true;
  }

  #takesMembers(object: object): boolean {
    if ('toJSON' in object) return false;
    for (const key in object) {
      this.#bytes -= key.length * bytesPerUnit;
      if (!this.takes((object as Readonly<Record<string, unknown>>)[key])) return false;
    }
    return true;
  }
}
