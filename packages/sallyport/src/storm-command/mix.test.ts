import { expect, it } from 'vitest';
import { defaultMix } from '../storm/plan-agents.js';
import { mixText, parseMix } from './mix.js';

it('what is written is read again', () => {
  expect(parseMix(mixText(defaultMix))).toEqual(defaultMix);
  expect(parseMix('patient,rogue=0.5')).toEqual({ patient: 1, rogue: 0.5 });
});

it.each(['saint=1', 'patient=0', 'patient=-1', 'patient=x', '', 'constructor=1'])('%j is refused', (text) => {
  expect(() => parseMix(text)).toThrow(/There is no class|needs a positive number/);
});
