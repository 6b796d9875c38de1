import { FakeClock } from '@sallyport/testkit';
import { expect, test } from 'vitest';
import { Heartbeat } from './heartbeat.js';

test('beats for every member each period, with one timer for all, and none once they are gone', async () => {
  const clock = new FakeClock();
  const beats: string[] = [];
  const heartbeat = new Heartbeat<string>(10, (member) => beats.push(member), clock);
  expect(clock.timers).toBe(0);
  const a = heartbeat.start('a');
  await clock.advance(5);
  const b = heartbeat.start('b');
  expect(clock.timers).toBe(1);
  await clock.advance(5);
  expect(beats.splice(0)).toEqual(['a', 'b']);
  heartbeat.stop(a);
  await clock.advance(10);
  expect(beats.splice(0)).toEqual(['b']);
  heartbeat.stop(b);
  await clock.advance(10);
  expect(beats).toEqual([]);
  expect(clock.timers).toBe(0);
  heartbeat.start('c');
  await clock.advance(10);
  expect(beats).toEqual(['c']);
});
