import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toJSONSchema, z } from 'zod';
import { madeArguments } from '../../test-rig/made-arguments.js';
import { hideSecrets } from './hide-secrets.js';
import { leadsSomewhere } from './secret-path.js';

const key = 'a key of the tests, which is long enough';
const schemaOf = (schema: z.ZodType) => toJSONSchema(schema, { io: 'input' }) as never;

/** Hidden as for a tool of this schema, which also makes what it makes of them. */
function hidden(schema: z.ZodType, paths: readonly string[], sent: unknown): unknown {
  return hideSecrets(sent, schema.parse(sent), { paths, schema: schemaOf(schema), key });
}

const tree: z.ZodType = z.object({
  ssn: z.string(),
  get children() {
    return z.array(tree).optional();
  },
});
const either = z.union([z.object({ kind: z.literal('card'), number: z.string() }), z.object({ iban: z.string() })]);
const shapes: Readonly<Record<string, z.ZodType>> = {
  object: z.object({ customer: z.object({ ssn: z.string() }), 'a.b': z.object({ c: z.string() }) }),
  array: z.object({ items: z.array(z.object({ card: z.string().optional() })) }),
  tuple: z.object({ pair: z.tuple([z.object({ card: z.string() }), z.string()]) }),
  union: z.object({ pay: either.nullable() }),
  both: z.object({ pay: z.intersection(z.object({ a: z.string() }), z.looseObject({ b: z.string() })) }),
  names: z.object({ by: z.record(z.enum(['u', 'v']), z.string()) }),
  record: z.object({ cards: z.record(z.string(), z.object({ number: z.string() })) }),
  reference: z.object({ root: tree }),
  open: z.object({ anything: z.unknown() }),
  loose: z.looseObject({ a: z.object({ b: z.string() }) }),
  transformed: z.object({ card: z.string() }).transform(({ card }) => ({ pan: card })),
};

test.each([
  [
    'object',
    ['customer', 'customer.ssn', '*.ssn', 'a.b', 'a.b.c'],
    ['ssn', 'customer.ssm', 'customer.ssn.x', 'a', 'a.c', 'constructor'],
  ],
  ['array', ['items', 'items.*', 'items.*.card', 'items.7.card'], ['items.card', 'items.*.crad', 'items.*.card.x']],
  ['tuple', ['pair.0.card', 'pair.*.card'], ['pair.1.card', 'pair.2', 'pair.card']],
  ['union', ['pay.number', 'pay.iban', 'pay.kind'], ['pay.card', 'pay.*.number', 'number']],
  ['both', ['pay.a', 'pay.b'], ['a', 'pay.c']],
  ['record', ['cards.*.number', 'cards.first.number'], ['cards.number.pin', 'cards.*.pin', 'cards.a.b.number']],
  ['names', ['by.u', 'by.*'], ['by.w', 'by.u.w']],
  ['reference', ['root.ssn', 'root.children.*.children.0.ssn'], ['root.children.ssn', 'root.children.*.name']],
  ['open', ['anything', 'anything.at.all'], ['nothing']],
  ['loose', ['a.b', 'whatever.there.is'], ['a.c']],
  ['transformed', ['card'], ['pan']],
] as const)(
  'in a schema of the kind %s, a path leads to what can be sent, and nowhere else',
  (kind, there, nowhere) => {
    const schema = schemaOf(shapes[kind] ?? z.never());
    expect(there.filter((path) => !leadsSomewhere(schema, path))).toEqual([]);
    expect(nowhere.filter((path) => leadsSomewhere(schema, path))).toEqual([]);
  },
);

test.each([
  [
    'definitions',
    { definitions: { a: { properties: { b: {} } } }, properties: { x: { $ref: '#/definitions/a' } } },
    'x.b',
    'x.c',
  ],
  [
    'escapes',
    { $defs: { 'a/b': { properties: { c: {} } } }, properties: { x: { $ref: '#/$defs/a~1b' } } },
    'x.c',
    'x.d',
  ],
  ['itself', { properties: { down: { $ref: '#' } } }, 'down.down.down', 'down.up'],
  ['patterns', { patternProperties: { '^card_': {} }, additionalProperties: false }, 'card_1', 'pin_1'],
  ['conditions', { properties: { a: {} }, if: {}, else: { properties: { b: {} } } }, 'b', 'c'],
  ['requirements', { properties: { a: {} }, anyOf: [{ required: ['a'] }, {}] }, 'a', 'b'],
  [
    'tuples of old',
    { properties: { x: { items: [{ properties: { a: {} } }], additionalItems: false } } },
    'x.0.a',
    'x.1.a',
  ],
  ['a circle', { properties: { a: {} }, allOf: [{ $ref: '#' }] }, 'a', 'b'],
  ['nothing there', { properties: { x: { $ref: '#/$defs/gone' } } }, 'x', 'x.y'],
  ['nothing allowed', { properties: { a: false, b: true } }, 'b', 'a'],
])('a JSON Schema with %s is read', (_what, schema, there, nowhere) => {
  expect([leadsSomewhere(schema, there), leadsSomewhere(schema, nowhere)]).toEqual([true, false]);
});

const hmac = expect.stringMatching(/^hmac-sha256:[0-9a-f]{64}$/);

test('what the schema does not name is hidden as well', () => {
  const schema = z.object({ card: z.string().optional(), memo: z.string() });
  expect(hidden(schema, ['card'], { memo: 'm', crad: '4242', constructor: { card: '4242' } })).toEqual({
    memo: 'm',
    crad: hmac,
    constructor: hmac,
  });
});

test('what is no object or array where a path leads further is hidden whole', () => {
  const json = z.preprocess(
    (text) => (typeof text === 'string' ? JSON.parse(text) : text),
    z.object({ card: z.string() }),
  );
  const schema = z.object({ pay: z.union([z.string(), z.object({ card: z.string() }), z.null()]) });
  expect(hidden(schema, ['pay.card'], { pay: '4242' })).toEqual({ pay: hmac });
  expect(hidden(schema, ['pay.card'], { pay: null })).toEqual({ pay: null });
  expect(JSON.stringify(hidden(z.object({ pay: json }), ['pay.card'], { pay: '{"card":"4242"}' }))).not.toMatch(/4242/);
});

test('what is an array where a path leads through an object is hidden whole', () => {
  const either = z.object({ x: z.union([z.array(z.union([z.string(), z.number()])), z.object({ v: z.string() })]) });
  expect(hidden(either, ['x.v'], { x: ['4242'] })).toEqual({ x: hmac });
  expect(hidden(either, ['x.v'], { x: [4242] })).toEqual({ x: hmac });
  const open = z.object({ x: z.unknown() });
  expect(hidden(open, ['x.card.number'], { x: [{ card: { number: '4242' } }] })).toEqual({ x: hmac });
  expect(hidden(open, ['x.card.number'], { x: { card: [{ number: '4242' }] } })).toEqual({ x: { card: hmac } });
  expect(hidden(open, ['x.*.number'], { x: [{ number: '4242', name: 'n' }] })).toEqual({
    x: [{ number: hmac, name: 'n' }],
  });
});

test('what is allowed beside the names of a schema, and has none, is hidden; the names of a record are none', () => {
  const loose = z.looseObject({ a: z.string(), card: z.string() });
  expect(hidden(loose, ['card'], { a: 'a', card: '1', Card: '4242', 'card ': '4242' })).toEqual({
    a: 'a',
    card: hmac,
    Card: hmac,
    'card ': hmac,
  });
  const rest = z.object({ card: z.string() }).catchall(z.string());
  expect(hidden(rest, ['card'], { card: '1', other: '4242' })).toEqual({ card: hmac, other: hmac });
  const record = z.object({ by: z.record(z.string(), z.string()) });
  expect(hidden(record, ['by.card'], { by: { card: '4242', note: 'n' } })).toEqual({ by: { card: hmac, note: 'n' } });
});

test('where a schema has moved a secret from what can be read, nothing is in clear', () => {
  const swapped = z.preprocess(
    (given) => ({ card: (given as { note: string }).note, note: 'x' }),
    z.object({ card: z.string(), note: z.string() }),
  );
  expect(hidden(swapped, ['card'], { card: 'd', note: '"4242"' })).toEqual(hmac);
  const trimmed = z.object({ card: z.string().trim(), note: z.string() });
  expect(hidden(trimmed, ['card'], { card: ' 4242 ', note: 'n' })).toEqual({ card: hmac, note: 'n' });
  // The digits of an HMAC are nobody's secret.
  for (const digit of '0123456789') {
    expect(hidden(trimmed, ['card'], { card: ` ${digit} `, note: 'N' })).toEqual({ card: hmac, note: 'N' });
  }
});

test('where a schema finds a secret that was not sent as such, nothing is in clear', () => {
  const split = (given: unknown) => ({ ...(given as object), card: (given as { note: string }).note.slice(5) });
  const schema = z.preprocess(split, z.object({ note: z.string(), card: z.string() }));
  expect(hidden(schema, ['card'], { note: 'card 4242' })).toEqual(hmac);
  // What it drops, renames or changes on the way is hidden where it was sent.
  expect(hidden(shapes.transformed ?? z.never(), ['card'], { card: '4242' })).toEqual({ card: hmac });
});

test('of generated schemas and arguments, every path leads somewhere and no secret stays in clear', {
  timeout: 60_000,
}, () => {
  let seen = 0;
  fc.assert(
    fc.property(madeArguments, fc.boolean(), ({ schema: tool, sent, paths: own }, isMangled) => {
      const json = schemaOf(tool);
      expect(own.filter((path) => !leadsSomewhere(json, path))).toEqual([]);
      // Sent with another name, where the schema has none, it is as secret.
      const given = { ...sent, ...(isMangled ? { Root: sent.root } : {}) };
      const text = JSON.stringify(hideSecrets(given, tool.parse(given), { paths: own, schema: json, key }));
      expect(text).not.toMatch(/secret-/);
      if (JSON.stringify(sent).includes('secret-')) seen += 1;
    }),
    { numRuns: 1_000 },
  );
  expect(seen).toBeGreaterThan(250);
});

test('what is no secret, and has a name, stays readable', () => {
  const schema = z.object({ memo: z.string(), items: z.array(z.object({ card: z.string(), sku: z.string() })) });
  const sent = {
    memo: 'm',
    items: [
      { card: '1', sku: 'a' },
      { card: '1', sku: 'b' },
    ],
  };
  expect(hidden(schema, ['items.*.card'], sent)).toEqual({
    memo: 'm',
    items: [
      { card: hmac, sku: 'a' },
      { card: hmac, sku: 'b' },
    ],
  });
});
