import type { ServerResponse } from 'node:http';
import { writeResponse } from '../write-response.js';

/** Sends an answer that may be a stream without an end. The stream is let go as soon as its client is, so that it can come back. */
export async function writeStream(from: Response, to: ServerResponse): Promise<void> {
  if (from.body === null) return writeResponse(from, to, () => true);
  const reader = from.body.getReader();
  const letGo = () => void reader.cancel().catch(() => {});
  // Its client may have hung up while something else was waited for.
  if (to.destroyed) letGo();
  else to.once('close', letGo);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
  const { status, headers } = from;
  await writeResponse(new Response(body, { status, headers }), to, () => true);
}
