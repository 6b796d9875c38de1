import { type Era, type HostileMessage, nested, request } from './hostile-message.js';

/** The answer a case must get: an HTTP status, and the JSON-RPC code; `none` for an answer without a body. */
type Expected = readonly [status: number, code: number | 'none'];

interface HostileCase {
  readonly what: string;
  readonly make: (era: Era) => HostileMessage;
  readonly expected: Readonly<Record<Era, Expected>>;
}

const parseError = [400, -32700] as const;
const invalidRequest = [400, -32600] as const;
const invalidParams = [200, -32602] as const;
const mismatch = [400, -32020] as const;

const both = (expected: Expected) => ({ '2025-11-25': expected, '2026-07-28': expected });
/** The revisions differ in the status of an unknown method. */
const unknownMethod: HostileCase['expected'] = { '2025-11-25': [200, -32601], '2026-07-28': [404, -32601] };

const call = { name: '"list_tables"' };
const row = (what: string, make: HostileCase['make'], expected: HostileCase['expected'] | Expected): HostileCase => ({
  what,
  make,
  expected: 'length' in expected ? both(expected) : expected,
});
/** Bytes as they are. */
const bytes = (what: string, body: string, expected: Expected) =>
  row(what, () => ({ body, method: 'tools/call' }), expected);
/** A good call of `list_tables`, changed in one place. */
const edited = (what: string, from: string | RegExp, to: string, expected: HostileCase['expected'] | Expected) =>
  row(
    what,
    (era) => {
      const good = request(era, 'tools/call', call);
      const body = good.body.replace(from, () => to);
      if (body === good.body) throw new Error(`nothing was changed for ${what}`);
      return { ...good, body };
    },
    expected,
  );
/** A method, well formed. */
const method = (name: string, params: Readonly<Record<string, string>> = {}, expected = unknownMethod) =>
  row(`the method ${name.slice(0, 30)}`, (era) => request(era, name, params), expected);
/** A tools/call with such params. */
const params = (what: string, given: Readonly<Record<string, string>>, expected: HostileCase['expected'] | Expected) =>
  row(what, (era) => request(era, 'tools/call', given), expected);
/** In 2026-07-28 a header repeats the name, and headers cannot say this one. */
const unspeakable = { '2025-11-25': invalidParams, '2026-07-28': mismatch };

/** JSON-RPC that is broken, or asks for what is not there. */
export const badMessages: readonly HostileCase[] = [
  bytes('nothing', '', parseError),
  bytes('blanks', '   ', parseError),
  bytes('no JSON', 'hello', parseError),
  edited('half a JSON', /.{9}$/, '', parseError),
  edited('a trailing comma', /\}$/, ',}', parseError),
  edited('two messages', /$/, '{"jsonrpc":"2.0","id":2,"method":"ping"}', parseError),
  edited('a single quote', '"tools/call"', "'tools/call'", parseError),
  bytes('a number', '42', invalidRequest),
  bytes('a text', '"tools/call"', invalidRequest),
  bytes('null', 'null', invalidRequest),
  bytes('true', 'true', invalidRequest),
  bytes('an empty object', '{}', invalidRequest),
  bytes('an empty array', '[]', invalidRequest),
  bytes('an array of nothing', '[1,2,3]', invalidRequest),
  bytes('an array of 10,000', `[${'{},'.repeat(10_000)}{}]`, invalidRequest),
  row(
    'a batch of good calls',
    (era) => {
      const good = request(era, 'tools/call', call);
      return { ...good, body: `[${good.body},${good.body}]` };
    },
    invalidRequest,
  ),
  edited('no version', '"jsonrpc":"2.0",', '', invalidRequest),
  edited('version 1.0', '"2.0"', '"1.0"', invalidRequest),
  edited('a numeric version', '"2.0"', '2', invalidRequest),
  edited('id null', '"id":1', '"id":null', invalidRequest),
  edited('an id that is an object', '"id":1', '"id":{}', invalidRequest),
  edited('an id that is an array', '"id":1', '"id":[1]', invalidRequest),
  edited('an id that is true', '"id":1', '"id":true', invalidRequest),
  edited('an id that is a fraction', '"id":1', '"id":1.5', invalidRequest),
  edited('no method', '"method":"tools/call",', '', invalidRequest),
  edited('a method that is a number', '"method":"tools/call"', '"method":7', invalidRequest),
  edited('a method that is null', '"method":"tools/call"', '"method":null', invalidRequest),
  edited('a method that is an object', '"method":"tools/call"', '"method":{"a":1}', invalidRequest),
  edited('result and method at once', /\}$/, ',"result":{}}', invalidRequest),
  edited('a polluted message', /\}$/, ',"__proto__":{"admin":true}}', invalidRequest),
  edited('a member nobody knows', /\}$/, ',"admin":true}', invalidRequest),
  edited('params that are a number', /"params":.*$/, '"params":7}', invalidRequest),
  edited('params that are an array', /"params":.*$/, '"params":[]}', invalidRequest),
  edited('params that are null', /"params":.*$/, '"params":null}', invalidRequest),
  edited('params 100,000 deep', /"params":.*$/, `"params":${nested(100_000)}}`, invalidRequest),
  params('arguments 20,000 deep', { ...call, arguments: nested(20_000) }, invalidRequest),
  params('_meta that is a number', { ...call, _meta: '7' }, invalidRequest),
  params('_meta that is null', { ...call, _meta: 'null' }, invalidRequest),
  params('_meta that is an array', { ...call, _meta: '[]' }, invalidRequest),
  params('no tool name', {}, invalidParams),
  params('a tool name that is a number', { name: '7' }, invalidParams),
  params('a tool name that is null', { name: 'null' }, invalidParams),
  params('a tool name that is an object', { name: '{"toString":"list_tables"}' }, invalidParams),
  params('a tool name that is an array', { name: '["list_tables"]' }, invalidParams),
  params('an unknown tool', { name: '"nothing"' }, invalidParams),
  params('the tool constructor', { name: '"constructor"' }, invalidParams),
  params('the tool __proto__', { name: '"__proto__"' }, invalidParams),
  params('the tool toString', { name: '"toString"' }, invalidParams),
  params('the tool without a name', { name: '""' }, invalidParams),
  params('a tool name of 5,000 letters', { name: `"${'t'.repeat(5_000)}"` }, invalidParams),
  params('a tool name in capitals', { name: '"LIST_TABLES"' }, invalidParams),
  params('a tool name with a blank after it', { name: '"list_tables "' }, unspeakable),
  params('a tool name with a line break', { name: '"list_tables\\n"' }, unspeakable),
  params('a tool name with a zero byte', { name: '"list_tables\\u0000"' }, unspeakable),
  params('arguments that are an array', { ...call, arguments: '[]' }, invalidParams),
  params('arguments that are a text', { ...call, arguments: '"x"' }, invalidParams),
  params('arguments that are a number', { ...call, arguments: '7' }, invalidParams),
  params('arguments that are null', { ...call, arguments: 'null' }, invalidParams),
  params('arguments that are true', { ...call, arguments: 'true' }, invalidParams),
  row('a cursor that nobody made', (era) => request(era, 'tools/list', { cursor: '"nonsense"' }), invalidParams),
  row('a cursor with a path', (era) => request(era, 'tools/list', { cursor: '"../../etc/passwd"' }), invalidParams),
  method('tools/destroy'),
  method('constructor'),
  method('__proto__'),
  method(''),
  method('m'.repeat(5_000)),
  method('tools/call tools/list'),
  method('TOOLS/CALL', call),
  method('sampling/createMessage'),
  method('roots/list'),
  method('elicitation/create'),
  method('prompts/list'),
  method('resources/list'),
  method('resources/read', { uri: '"file:///etc/passwd"' }),
  method('resources/subscribe', { uri: '"file:///etc/passwd"' }),
  method('completion/complete'),
  method('tasks/get', { taskId: '"1"' }),
];
