import { expect, it } from 'vitest';
import { assertOptions } from './assert-options.js';
import { option } from './option-checks.js';

const checks = { maxBodyBytes: option.positive('bytes'), port: option.wholeNumber(0, 65_535), name: option.text };
const assert = (options: unknown, needed?: string[]) => () => assertOptions('serve', options, checks, needed);

it.each([
  ['maxBodyByte', 'maxBodyBytes'],
  ['maxbodybytes', 'maxBodyBytes'],
  ['max', 'maxBodyBytes'],
  ['prot', 'port'],
])('an unknown option is told which one was probably meant: %s', (typed, meant) => {
  expect(assert({ [typed]: 1 })).toThrow(
    new TypeError(`serve: ${typed} is no option of serve: did you mean ${meant}?`),
  );
});

it('an unknown option that is like no other is refused as well, also one that every object has', () => {
  expect(assert({ colour: 1 })).toThrow('serve: colour is no option of serve');
  expect(assert({ toString: 1 })).toThrow('serve: toString is no option of serve');
});

it('a wrong value is named with what it must be', () => {
  expect(assert({ port: '80' })).toThrow('serve: port must be a whole number from 0 to 65535');
});

it('an option that is undefined is not given, unless it is needed', () => {
  expect(assert({ name: undefined, port: undefined })).not.toThrow();
  expect(assert({ port: 1 }, ['name'])).toThrow('serve: name must be a string that is not empty');
});

it.each([null, undefined, 5, 'x'])('options must be an object: %s', (options) => {
  expect(assert(options)).toThrow('serve: the options must be an object');
});
