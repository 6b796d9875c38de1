/** Waits a fifth of a second. The application's own role may not call `pg_sleep`. */
export const catalogSql = `create function large_catalog() returns void language sql security definer
  as 'select pg_catalog.pg_sleep(0.2)'`;

/**
 * What both servers ask the database: the names of the tables. It takes as long as in the catalog of a large warehouse, and waits
 * rather than computes, so that what runs out is connections and not the processor that everything here shares.
 */
export const listTablesSql = `select table_name from information_schema.tables, (select large_catalog()) as waited
  where table_schema = 'public' order by table_name`;
