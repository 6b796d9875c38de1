import { expect, test } from 'vitest';
import { errorText } from './error-text.js';
import { ToolError } from './tool-error.js';

test('the text of an error is bounded, whatever a handler wrote', () => {
  expect(errorText(new ToolError('INVALID_INPUT', 'y'.repeat(5_000_000)), 'id').length).toBeLessThan(2_100);
});
