import { ToolError } from '@sallyport/core';

/** The first row, or the error the model can act on. */
export function found<Row>(rows: readonly Row[], what: string): Row {
  const [row] = rows;
  if (row === undefined) throw new ToolError('INVALID_INPUT', `There is no ${what}.`);
  return row;
}
