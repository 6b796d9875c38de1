/** A tool for the SQL of agents, with answers they can act on. */
export { assertReadOnlySelect, type SqlAllowance } from './sql/assert-read-only-select.js';
export { type ReadOnlySqlOptions, readOnlySql } from './sql/read-only-sql.js';
