import { expect, test } from 'vitest';
import { metricValues } from './metric-values.js';

test('samples are read with their labels, and nothing else is', () => {
  const page = '# HELP a x\na{b="c",d="e\\"f, g=\\"h"} 1.5 123\n\nnan NaN\nnot a line\n';
  expect(metricValues(page)).toEqual([
    { name: 'a', labels: { b: 'c', d: 'e"f, g="h' }, value: 1.5 },
    { name: 'nan', labels: {}, value: Number.NaN },
  ]);
});
