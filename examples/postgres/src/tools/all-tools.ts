import type { Tool } from '@sallyport/core';
import { toolsOf } from '@sallyport/core/decorators';
import type { Payments } from '../payments/payments.js';
import { describeTable } from './describe-table.js';
import { invoicesOn } from './invoices.js';
import { listTables } from './list-tables.js';
import { refundOrder } from './refund-order.js';
import { runQuery } from './run-query.js';
import { slowReport } from './slow-report.js';
import type { ToolStack } from './tool-stack.js';

/** Every tool of the server, in the order in which they are listed. */
export function allTools(stack: ToolStack, payments: Payments): readonly Tool[] {
  const Invoices = invoicesOn(stack);
  return [
    listTables(stack),
    describeTable(stack),
    runQuery(stack),
    ...toolsOf(new Invoices()),
    refundOrder(stack, payments),
    slowReport(stack),
  ];
}
