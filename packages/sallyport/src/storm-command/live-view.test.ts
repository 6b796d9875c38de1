import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Progress } from '../storm/record.js';
import type { Terminal } from '../terminal.js';
import { liveView } from './live-view.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const progress = (atMs: number, count: number): Progress => ({
  atMs,
  open: 2,
  totals: {
    sent: count,
    admitted: count,
    ok: count,
    denied: 0,
    failed: 0,
    broken: 0,
    cancelled: 0,
    unfinished: 0,
    heldBack: 0,
    unsent: 0,
    deniedBy: {},
    failedBy: {},
    brokenBy: {},
    goodputPerSecond: 0,
  },
});

/** What somebody sees who watches a terminal of that width. */
function watched(isLive: boolean, columns = 100) {
  let screen: string[] = [''];
  let writes = 0;
  const say = (text: string): void => {
    writes++;
    const readable = `${text}\n`.replaceAll(String.fromCharCode(27), '§');
    for (const [part] of readable.matchAll(/§\[\d*[AJ]|\r|\n|[^§\r\n]+/g)) {
      const up = /\[(\d*)A/.exec(part)?.[1];
      if (up !== undefined) row = Math.max(0, row - Number(up || 1));
      else if (part.endsWith('J')) screen = screen.slice(0, row);
      else if (part === '\n') row++;
      else if (part !== '\r') screen[row] = part;
    }
  };
  let row = 0;
  const terminal: Terminal = { isLive, columns, say, out: () => {}, style: (_, text) => text };
  return { terminal, screen: () => screen, writes: () => writes };
}

it('is redrawn in place, with the rates of the last second, and leaves nothing behind', () => {
  const { terminal, screen } = watched(true);
  let now = progress(0, 0);
  const takeAway = liveView(terminal, 10_000, () => now);
  now = progress(500, 50);
  vi.advanceTimersByTime(250);
  now = progress(1_000, 100);
  vi.advanceTimersByTime(250);
  expect(screen().length).toBe(3);
  expect(screen()[0]).toMatch(/^\[##\.{22}\] 9 s left, 2 open$/);
  expect(screen()[1]).toBe('sent 100 (100/s), ok 100 (100/s), denied 0 (0/s)');
  takeAway();
  expect(screen().join('')).toBe('');
});

it('no line is wider than the terminal', () => {
  const { terminal, screen } = watched(true, 30);
  liveView(terminal, 10_000, () => progress(500, 50));
  vi.advanceTimersByTime(250);
  for (const line of screen()) expect(line.length).toBeLessThan(30);
});

it('where nobody watches nothing is written', () => {
  const { terminal, writes } = watched(false);
  const takeAway = liveView(terminal, 10_000, () => progress(0, 0));
  vi.advanceTimersByTime(5_000);
  takeAway();
  expect(writes()).toBe(0);
});
