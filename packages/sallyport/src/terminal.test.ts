import { expect, test } from 'vitest';
import { processTerminal } from './terminal.js';

const styled = (isTTY: boolean | undefined, env: Record<string, string> = {}) => {
  const stream = { write: () => true, ...(isTTY === undefined ? {} : { isTTY }) };
  return processTerminal({ stdout: stream, stderr: stream, env }).style('red', 'x');
};

test('there are colours on a terminal, and not where NO_COLOR is set or nobody looks', () => {
  expect(styled(true)).toBe('\u001b[31mx\u001b[39m');
  expect(styled(true, { NO_COLOR: '' })).toBe('\u001b[31mx\u001b[39m');
  expect(styled(true, { NO_COLOR: '1' })).toBe('x');
  expect(styled(true, { TERM: 'dumb' })).toBe('x');
  expect(styled(false)).toBe('x');
  expect(styled(undefined)).toBe('x');
});

test('results go to standard output and nothing else does', () => {
  const [out, err]: [string[], string[]] = [[], []];
  const stream = (texts: string[]) => ({ write: (text: unknown) => texts.push(String(text)) > 0 });
  const terminal = processTerminal({ stdout: stream(out), stderr: stream(err), env: {} });
  terminal.out('a\n');
  terminal.say('b');
  expect([out, err]).toEqual([['a\n'], ['b\n']]);
  expect(terminal.columns).toBe(100);
});
