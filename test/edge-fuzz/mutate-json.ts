import fc from 'fast-check';

/** Something done to one place of a JSON value. */
export interface JsonMutation {
  /** Which of all places, counted from the top, modulo their number. */
  readonly at: number;
  readonly kind: 'replace' | 'remove' | 'wrap' | 'add' | 'rename' | 'repeat';
  readonly name: string;
  readonly value: unknown;
}

/** Names that mean something to JavaScript, to the protocol, or to a parser. */
const names = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'toJSON',
    'toString',
    'valueOf',
    'then',
    'length',
    'hasOwnProperty',
    '$ref',
    'jsonrpc',
    'id',
    'method',
    'params',
    'name',
    'arguments',
    '_meta',
    'result',
    'error',
    'progressToken',
    'inputResponses',
    'requestState',
    'cursor',
    'task',
    'idempotency_key',
    'dev.sallyport/timeoutMs',
    'dev.sallyport/idempotencyKey',
    'io.modelcontextprotocol/protocolVersion',
    'io.modelcontextprotocol/clientInfo',
    'io.modelcontextprotocol/logLevel',
    '',
  ),
  fc.string({ unit: 'binary' }),
);

/** Values that mean something to somebody, and any others. */
const values = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -0,
    1e308,
    2 ** 53,
    -1,
    0.1,
    '',
    [],
    {},
    '2026-07-28',
    '2025-11-25',
    '1999-01-01',
    '2.0',
    '__proto__',
    'constructor',
    '\u0000',
    '\ud800',
    '../../etc/passwd',
    "'; drop table x; --",
    { polluted: true },
    { prototype: { polluted: true } },
  ),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.nat(5_000).map((length) => 'x'.repeat(length)),
  fc.nat(80).map((depth): unknown => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)),
);

export const jsonMutation: fc.Arbitrary<JsonMutation> = fc.record({
  at: fc.nat(200),
  kind: fc.constantFrom('replace', 'remove', 'wrap', 'add', 'rename', 'repeat'),
  name: names,
  value: values,
});

/** The text of the value with the mutations done to it. Text, because a name that occurs twice has no value. */
export function mutatedText(value: unknown, mutations: readonly JsonMutation[]): string {
  const places = countPlaces(value);
  const byPlace = new Map(mutations.map((mutation) => [mutation.at % places, mutation]));
  let place = 0;
  const write = (node: unknown): string => {
    const mutation = byPlace.get(place++);
    const text = writeInside(node, write, mutation);
    if (mutation?.kind === 'replace') return JSON.stringify(mutation.value);
    return mutation?.kind === 'wrap' ? `[${text}]` : text;
  };
  return write(value);
}

function writeInside(node: unknown, write: (node: unknown) => string, mutation: JsonMutation | undefined): string {
  if (Array.isArray(node)) return `[${node.map(write).join(',')}]`;
  if (typeof node !== 'object' || node === null) return JSON.stringify(node);
  const members = Object.entries(node).map(([name, value]) => [name, write(value)] as const);
  if (mutation?.kind === 'remove') members.splice(mutation.at % Math.max(1, members.length), 1);
  if (mutation?.kind === 'add') members.push([mutation.name, JSON.stringify(mutation.value)]);
  const first = members[0];
  if (mutation?.kind === 'rename' && first !== undefined) members[0] = [mutation.name, first[1]];
  if (mutation?.kind === 'repeat' && first !== undefined) members.push([first[0], JSON.stringify(mutation.value)]);
  return `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}

function countPlaces(node: unknown): number {
  if (typeof node !== 'object' || node === null) return 1;
  return Object.values(node).reduce<number>((sum, value) => sum + countPlaces(value), 1);
}
