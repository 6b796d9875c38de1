import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { glance } from './glance.js';

const see = (text: string, headers = {}) => glance(Buffer.from(text), headers);

describe('sees method, tool and id without parsing', () => {
  it.each([
    '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"run_query","arguments":{}}}',
    '{"method":"tools/call","params":{"name":"run_query","arguments":{"id":1}},"jsonrpc":"2.0","id":7}',
    '{ "method": "tools/call", "params": { "name": "run_query" }, "id": 7, "jsonrpc": "2.0" }\n',
  ])('%s', (text) => {
    expect(see(text)).toEqual({ method: 'tools/call', tool: 'run_query', id: 7 });
  });

  it('also in a message with large arguments', () => {
    const text = JSON.stringify({
      method: 'tools/call',
      params: { name: 'x', arguments: { text: 'y'.repeat(1e6) } },
      id: 'a-1',
    });
    expect(see(text)).toEqual({ method: 'tools/call', tool: 'x', id: 'a-1' });
  });

  it('from the headers of 2026-07-28 where the body does not begin with them', () => {
    const headers = { 'mcp-method': 'server/discover', 'mcp-name': 'x' };
    expect(see('{"params":{},"method":"tools/call","id":1}', headers)).toMatchObject({
      method: 'server/discover',
      tool: 'x',
    });
  });
});

it('an id inside the arguments is not taken for the id of the message', () => {
  for (const text of [
    '{"method":"tools/call","params":{"arguments":{"id":5}}}',
    '{"params":{"id":5},"method":"tools/call"}',
  ]) {
    expect(see(text).id).toBeNull();
  }
});

it('whatever the bytes are, it sees something or nothing, and the id it sees of a message is its own', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
      expect(glance(Buffer.from(bytes), {})).toBeDefined();
    }),
  );
  const id = fc.oneof(fc.integer(), fc.string({ maxLength: 150 }));
  fc.assert(
    fc.property(id, fc.jsonValue(), fc.boolean(), (own, value, first) => {
      const params = { name: 'x', arguments: value };
      const message = first ? { id: own, method: 'tools/call', params } : { method: 'tools/call', params, id: own };
      expect([own, null]).toContain(see(JSON.stringify(message)).id);
    }),
  );
});
