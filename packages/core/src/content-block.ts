import { z } from 'zod';
import { annotations, resourceFields } from './resource-fields.js';

const meta = z.record(z.string(), z.unknown()).optional();
const extras = { annotations: annotations.optional(), _meta: meta };

/** As lenient as `atob`, which is what the SDKs hold binary data against. */
const base64 = z.string().refine(
  (text) => {
    try {
      atob(text);
      return true;
    } catch {
      return false;
    }
  },
  { message: 'Invalid Base64 string' },
);

const binary = { data: base64, mimeType: z.string(), ...extras };
const contentsFields = { uri: z.string(), mimeType: z.string().optional(), _meta: meta };

/** What a resource holds, as text or as bytes (MCP, `TextResourceContents` and `BlobResourceContents`). */
export const resourceContents = z.union([
  z.object({ ...contentsFields, text: z.string() }),
  z.object({ ...contentsFields, blob: base64 }),
]);

/** One block of an answer or of a prompt (MCP, `ContentBlock`; the same in 2025-11-25 and 2026-07-28). */
export const contentBlock = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string(), ...extras }),
  z.object({ type: z.literal('image'), ...binary }),
  z.object({ type: z.literal('audio'), ...binary }),
  z.object({ type: z.literal('resource_link'), ...resourceFields }),
  z.object({ type: z.literal('resource'), resource: resourceContents, ...extras }),
]);
