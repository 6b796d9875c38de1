import type { HardenedStack, Tool } from '@sallyport/core';
import { toolsOf } from '@sallyport/core/decorators';
import type { Database } from '../db/database.js';
import { describeTable } from './describe-table.js';
import { invoicesOn } from './invoices.js';
import { listTables } from './list-tables.js';
import { refundOrder } from './refund-order.js';
import { runQuery } from './run-query.js';
import { slowReport } from './slow-report.js';

/** Every tool of the server, in the order in which they are listed. */
export function allTools(stack: HardenedStack, database: Database): readonly Tool[] {
  const Invoices = invoicesOn(stack);
  return [
    listTables(stack, database),
    describeTable(stack, database),
    runQuery(stack, database),
    ...toolsOf(new Invoices(database)),
    refundOrder(stack, database),
    slowReport(stack, database),
  ];
}
