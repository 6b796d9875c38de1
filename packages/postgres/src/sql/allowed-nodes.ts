/**
 * The kinds of node that a read-only SELECT is made of, as libpg-query names them. What is not here is refused, so a part of
 * the grammar that nobody thought of is no way around the rest.
 */
export const allowedNodes: ReadonlySet<string> = new Set(
  `A_ArrayExpr A_Const A_Expr A_Indices A_Indirection A_Star Alias BitString BoolExpr Boolean BooleanTest CaseExpr CaseWhen
  CoalesceExpr CollateClause ColumnDef ColumnRef CommonTableExpr Float FuncCall GroupingFunc GroupingSet Integer JoinExpr List
  MinMaxExpr NamedArgExpr NullTest RangeFunction RangeSubselect RangeTableSample RangeVar ResTarget RowExpr SQLValueFunction
  SelectStmt SortBy String SubLink TypeCast TypeName WindowDef WithClause`.split(/\s+/),
);

/** Other kinds, as an author of SQL calls them. */
const names: Readonly<Record<string, string>> = {
  ParamRef: 'a parameter such as $1',
  LockingClause: 'FOR UPDATE',
  IntoClause: 'SELECT INTO',
  XmlExpr: 'XML',
  VariableSetStmt: 'SET',
  VariableShowStmt: 'SHOW',
  TransactionStmt: 'a statement that begins or ends a transaction',
};

/** A kind of node in words: `InsertStmt` is INSERT. */
export function nodeInWords(kind: string): string {
  const statement = /^(\w+)Stmt$/.exec(kind)?.[1];
  return names[kind] ?? (statement ?? kind).replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toUpperCase();
}
