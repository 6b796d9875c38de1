type Decode = (text: string) => unknown;

const finite: Decode = (text) => (Number.isFinite(Number(text)) ? Number(text) : text);
const safeInteger: Decode = (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : text);
/** `2026-01-02 03:04:05.678+00` to `2026-01-02T03:04:05.678Z`; infinity and years before Christ stay as they are. */
const time: Decode = (text) =>
  /^\d{4,}-\d\d-\d\d \d\d:\d\d:\d\d/.test(text) && !text.endsWith('BC')
    ? text.replace(' ', 'T').replace(/\+00$/, 'Z')
    : text;

/** By type oid (pg_type.dat). Whatever is not here is Postgres's own text. */
const decoders: ReadonlyMap<number, Decode> = new Map([
  [16, (text) => text === 't'], // bool
  [20, safeInteger], // int8
  [21, finite], // int2
  [23, finite], // int4
  [26, finite], // oid
  [114, JSON.parse], // json
  [3802, JSON.parse], // jsonb
  [700, finite], // float4
  [701, finite], // float8
  [1114, time], // timestamp
  [1184, time], // timestamptz
] satisfies [number, Decode][]);

/** A value as plain JSON, from the text that Postgres sent. The same on every driver. */
export function decodeValue(oid: number, text: string | null): unknown {
  if (text === null) return null;
  const decode = decoders.get(oid);
  return decode === undefined ? text : decode(text);
}
