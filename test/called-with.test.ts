import { expect, test, vi } from 'vitest';
import { calledWith } from './support/called-with.js';

const defaults = { times: 3, loud: false, only: 'all' };

/** What comes of the call, and with which code it would have ended. */
function call(...args: readonly string[]) {
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += String(text);
      return true;
    });
  }
  const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
  vi.spyOn(process, 'argv', 'get').mockReturnValue(['node', 'program', ...args]);
  const given = calledWith('The help.\n', defaults, ({ only }) => {
    if (only === 'nothing') throw new RangeError('--only: there is no nothing');
  });
  // The first of them ends the process.
  const code = exit.mock.calls[0]?.[0];
  vi.restoreAllMocks();
  return { given, code, ...written };
}

test('what is not given is the default; a number is a whole number from 0', () => {
  expect(call().given).toEqual(defaults);
  expect(call('--times', '0', '--loud', '--only=one').given).toEqual({ times: 0, loud: true, only: 'one' });
});

test('--help prints the help and ends with 0', () => {
  expect(call('--help')).toMatchObject({ code: 0, stdout: 'The help.\n', stderr: '' });
});

test.each([
  ['--times=-1', '--times must be'],
  ['--times=1.5', '--times must be'],
  ['--times=', '--times must be'],
  ['--times=9007199254740993', '--times must be'],
  ['--often', "Unknown option '--often'"],
  ['more', "Unexpected argument 'more'"],
  ['--only=nothing', '--only: there is no nothing'],
])('%s is said to be wrong, with the help, and ends with 2', (argument, message) => {
  const { code, stdout, stderr } = call(argument);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/\n\nThe help\.\n$/);
});
