/** What both servers ask the database: the names of the tables, which never change. */
export const listTablesSql =
  "select table_name from information_schema.tables where table_schema = 'public' order by table_name";
