import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Leases } from './leases.js';

const step = fc.record({
  what: fc.constantFrom('take', 'renew', 'release'),
  id: fc.nat({ max: 5 }).map(String),
  afterMs: fc.nat({ max: 40 }),
});

test('holds what a table of ids and times would hold, whatever happens in whatever order', () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const leases = new Leases();
      const model = new Map<string, number>();
      let now = 0;
      for (const { what, id, afterMs } of steps) {
        now += afterMs;
        const until = model.get(id);
        if (what === 'take' && until === undefined) {
          leases.take(id, now + 100);
          model.set(id, now + 100);
        } else if (what === 'renew') {
          leases.renew(id, now, now + 100);
          if (until !== undefined && until > now) model.set(id, now + 100);
        } else if (what === 'release') {
          leases.release(id);
          model.delete(id);
        }
        expect(leases.size).toBe(model.size);
      }
      expect(leases.live(now)).toBe([...model.values()].filter((until) => until > now).length);
      expect(leases.live(now + 100)).toBe(0);
    }),
  );
});
