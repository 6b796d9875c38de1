import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyLayout } from './key-layout.js';

const key = keyLayout('app:');

test('a key reads as prefix, tenant, kind and name', () => {
  expect(key('acme', 'window', 'agent')).toBe('app:{acme}:window:agent');
});

/** What Redis hashes: between the first `{` and the next `}`, when that is not empty. */
const hashTagOf = (text: string) => /^[^{]*\{([^}]+)\}/.exec(text)?.[1];

const hostile = fc.oneof(
  fc.string({
    unit: fc.constantFrom('{', '}', ':', '%', '7', 'b', 'd', '8', '0', 'a', '\0', '\n', 'é', '\ud800', '\udc00', '😀'),
  }),
  fc.string({ unit: 'binary' }),
);

test('whatever a tenant is called, its keys have one hash tag, and no other tenant has it', () => {
  fc.assert(
    fc.property(hostile, hostile, hostile, hostile, (tenant, other, name, otherName) => {
      const tag = hashTagOf(key(tenant, 'window', name));
      expect(tag).toBeDefined();
      expect(hashTagOf(key(tenant, 'lease', otherName))).toBe(tag);
      if (tenant !== other) expect(hashTagOf(key(other, 'window', name))).not.toBe(tag);
    }),
    { numRuns: 2_000 },
  );
});

test('different tenants, kinds and names never meet in one key, as the bytes that are sent', () => {
  const part = fc.record({ tenant: hostile, kind: fc.constantFrom('window', 'lease'), name: hostile });
  fc.assert(
    fc.property(part, part, (one, two) => {
      const [a, b] = [one, two].map(({ tenant, kind, name }) => Buffer.from(key(tenant, kind, name)).toString('hex'));
      expect(a === b).toBe(one.tenant === two.tenant && one.kind === two.kind && one.name === two.name);
    }),
    { numRuns: 2_000 },
  );
});

test('a long name is bounded and still its own', () => {
  const [one, two] = ['a', 'b'].map((last) => key('acme', 'window', 'x'.repeat(5_000) + last));
  expect(one?.length).toBeLessThan(120);
  expect(one).not.toBe(two);
  expect(key('acme', 'window', 'x'.repeat(200))).toContain('x'.repeat(200));
});

test.each(['{', '}', 'a{b}'])('the prefix %s, which would be another hash tag, is refused', (prefix) => {
  expect(() => keyLayout(prefix)).toThrow(TypeError);
});

test.each(['', 'a:b', 'a#', 'Window'])('the kind %j, which could be mistaken for a name, is refused', (kind) => {
  expect(() => key('acme', kind, '')).toThrow(TypeError);
});
