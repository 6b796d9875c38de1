import { gate } from '@sallyport/testkit';
import { expect, test, vi } from 'vitest';
import type { ToolResult } from './tool-result.js';
import { Work } from './work.js';

test('with nothing left running, the release comes at once', () => {
  const release = vi.fn();
  new Work().whenSettled(release);
  expect(release).toHaveBeenCalledOnce();
});

test('with something left running, the release waits for all of it, however it ends', async () => {
  const work = new Work();
  const [first, second] = [gate<ToolResult>(), gate<ToolResult>()];
  work.detach(first.promise);
  work.detach(second.promise);
  expect(work.rest).toHaveLength(2);
  const release = vi.fn();
  work.whenSettled(release);
  first.fail(new Error('x'));
  await Promise.resolve();
  expect(release).not.toHaveBeenCalled();
  second.open({});
  await vi.waitFor(() => expect(release).toHaveBeenCalledOnce());
});
