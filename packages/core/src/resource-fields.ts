import { z } from 'zod';

/** Hints for clients on how to use content (MCP, `Annotations`). */
export const annotations = z.object({
  audience: z.array(z.enum(['user', 'assistant'])).optional(),
  priority: z.number().min(0).max(1).optional(),
  lastModified: z.iso.datetime({ offset: true }).optional(),
});

const icon = z.object({
  src: z.string(),
  mimeType: z.string().optional(),
  sizes: z.array(z.string()).optional(),
  theme: z.enum(['light', 'dark']).optional(),
});

/** What resources, templates of resources and prompts are listed with. */
export const listedFields = {
  name: z.string(),
  title: z.string().optional(),
  description: z.string().optional(),
  icons: z.array(icon).optional(),
  _meta: z.looseObject({}).optional(),
};

/** A resource as it is listed, and as a block of content links to it. */
export const resourceFields = {
  ...listedFields,
  uri: z.string(),
  mimeType: z.string().optional(),
  size: z.number().optional(),
  annotations: annotations.optional(),
};
