import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Refused } from './answer.js';
import { parseMessage } from './json-text.js';

const reasonOf = (text: string): unknown => {
  try {
    parseMessage(Buffer.from(text));
    return undefined;
  } catch (error) {
    const { body } = (error as Refused).answer as { body: { error: { data: { reason: string } } } };
    return error instanceof Refused ? body.error.data.reason : error;
  }
};

/** Names with everything in them that could be taken for JSON, and `__proto__`. */
const name = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('__proto__', 'constructor', '"', '\\', '{', '}', '[', ':', ',', '":"', 'a\\"b'),
);
const object = (value: fc.Arbitrary<string>) =>
  fc
    .uniqueArray(fc.tuple(name, value), { selector: ([own]) => own, maxLength: 4 })
    .map((members) => `{${members.map(([own, text]) => ` ${JSON.stringify(own)} :\t${text}`).join(',\n')}}`);
const list = (value: fc.Arbitrary<string>) => fc.array(value, { maxLength: 3 }).map((all) => `[${all.join(' , ')}]`);
const leaf = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
  name.map((own) => JSON.stringify(own)),
);
const nested = (depth: number): fc.Arbitrary<string> =>
  depth === 0 ? leaf : fc.oneof(leaf, object(nested(depth - 1)), list(nested(depth - 1)));

describe('the text of a message', () => {
  it('passes when no name occurs twice, however it is written, and is what JSON.parse makes of it', () => {
    fc.assert(
      fc.property(object(nested(3)), (text) => {
        expect(reasonOf(text)).toBeUndefined();
        expect(parseMessage(Buffer.from(text))).toEqual(JSON.parse(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is refused when a name occurs twice in the message, in what is in it, or in what is in that', () => {
    const twice = fc.tuple(name, nested(1), nested(1), fc.boolean()).map(([own, first, second, escaped]) => {
      const text = JSON.stringify(own);
      const again = escaped ? `"${[...own].map(unicode).join('')}"` : text;
      return `{"other":1,${text}:${first},${again}:${second}}`;
    });
    const at = (depth: number) =>
      twice.map((text) => {
        let around = text;
        for (let i = 1; i < depth; i++) around = i % 2 === 0 ? `{"a":1,"b":${around}}` : `{"b":${around},"c":[]}`;
        return around;
      });
    const isRefused = (text: string) => reasonOf(text) === 'duplicate_member';
    fc.assert(fc.property(fc.oneof(at(1), at(2), at(3)), isRefused), { numRuns: 1_000 });
  });

  it('deeper names are the arguments of a tool, and JSON.parse decides there', () => {
    expect(reasonOf('{"params":{"arguments":{"filter":{"a":1,"a":2}}}}')).toBeUndefined();
  });
});

function unicode(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
