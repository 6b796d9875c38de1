import { z } from 'zod';

/** The fields that every result of the protocol may have. Further ones are allowed. */
export const protocolResult = z.looseObject({
  _meta: z
    .looseObject({
      progressToken: z.union([z.string(), z.int()]).optional(),
      'io.modelcontextprotocol/related-task': z.object({ taskId: z.string() }).optional(),
    })
    .optional(),
  resultType: z.string().optional(),
});
