import type { McpServer } from '@modelcontextprotocol/server';
import { hardeningOf } from '@sallyport/core/adapter';

/** Whether everything an author can put on the server goes through a stack. */
export function isHardened({ server }: McpServer): boolean {
  return hardeningOf(server) !== undefined;
}
