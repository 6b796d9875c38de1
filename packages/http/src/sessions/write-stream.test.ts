import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, test, vi } from 'vitest';
import { writeStream } from './write-stream.js';

test.each(['before', 'after'])('a stream is let go when its client hangs up %s it begins', async (when) => {
  const cancelled = vi.fn();
  const from = new Response(new ReadableStream({ cancel: cancelled }), {
    headers: { 'Content-Type': 'text/event-stream' },
  });
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const hangUp = () => {
    response.destroy();
    response.emit('close');
  };
  if (when === 'before') hangUp();
  const written = writeStream(from, response);
  if (when === 'after') hangUp();
  await written;
  expect(cancelled).toHaveBeenCalledTimes(1);
});
