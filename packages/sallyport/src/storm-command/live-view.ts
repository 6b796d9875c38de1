import { countText, msText } from '../storm/figure.js';
import type { Progress } from '../storm/record.js';
import type { Terminal } from '../terminal.js';

const everyMs = 250;
const barWidth = 24;

/** ECMA-48: so many lines up, and everything from there on erased. */
const back = (lines: number): string => `\u001b[${lines}A\r\u001b[J`;

/** Shows how a storm stands, redrawn on standard error while it is a terminal. Returns what takes the view away again. */
export function liveView(terminal: Terminal, durationMs: number, progress: () => Progress): () => void {
  if (!terminal.isLive) return () => {};
  let before = progress();
  let drawn = 0;
  const timer = setInterval(() => {
    const now = progress();
    // A line that wraps would be two to go back over.
    const lines = viewOf(now, before, durationMs).map((line) => line.slice(0, terminal.columns - 1));
    terminal.say(`${drawn === 0 ? '' : back(drawn)}${lines.join('\n')}`);
    drawn = lines.length;
    if (now.atMs - before.atMs >= 1_000) before = now;
  }, everyMs);
  return () => {
    clearInterval(timer);
    // One line further up, because what is said ends with a new line.
    if (drawn > 0) terminal.say(`${back(drawn)}\u001b[A`);
  };
}

/** Three lines. Rates are those since `before`. */
function viewOf(now: Progress, before: Progress, durationMs: number): string[] {
  const { atMs, open, totals } = now;
  const done = Math.min(1, atMs / durationMs);
  const bar = '#'.repeat(Math.round(done * barWidth)).padEnd(barWidth, '.');
  const seconds = Math.max(0.001, (atMs - before.atMs) / 1_000);
  const rate = (of: 'sent' | 'ok' | 'denied'): string =>
    `${countText(totals[of])} (${countText(Math.round((totals[of] - before.totals[of]) / seconds))}/s)`;
  const { failed, broken, cancelled, heldBack, unsent } = totals;
  const rest = { failed, broken, cancelled, 'held back': heldBack, unsent };
  const others = Object.entries(rest).map(([name, count]) => `${name} ${countText(count)}`);
  const state = atMs < durationMs ? `${msText(durationMs - atMs)} left` : 'waiting for open calls';
  return [
    `[${bar}] ${state}, ${countText(open)} open`,
    `sent ${rate('sent')}, ok ${rate('ok')}, denied ${rate('denied')}`,
    others.join(', '),
  ];
}
