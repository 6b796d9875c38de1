/**
 * Functions with which a SELECT could leave its tenant (set_config), hold a connection or a lock, reach files, signal or read
 * other sessions, run SQL given as text, or run on past every timeout: translate never looks whether it was cancelled, and
 * takes half an hour for ten million letters; the distance of two paths takes as long for ten thousand points. A regular expression over `pg_proc.proname`. Set-up revokes them, start-up checks
 * that it did.
 */
export const dangerousFunctions =
  '^(set_config|pg_sleep.*|pg_(try_)?advisory_.*|lo_.*|loread|lowrite|pg_read_.*|pg_ls_.*|pg_stat_file|pg_cancel_backend' +
  '|pg_terminate_backend|pg_notify|pg_export_snapshot|pg_logical_emit_message|pg_log_backend_memory_contexts|pg_stat_reset.*' +
  '|pg_stat_get_activity|pg_stat_get_backend_activity|pg_stat_statements.*|dblink.*|xpath_table|crosstab.*|connectby' +
  '|translate|path_.*|ts_stat|query_to_xml.*|cursor_to_xml.*|table_to_xml.*|schema_to_xml.*|database_to_xml.*)$';

/**
 * Functions that only the login of agents' SQL is kept from, because many programs need them: set-up takes them from everybody
 * and gives them back to every other role there is. Those beneath the operators `&&`, `@>` and `<@` of arrays, and those of
 * polygons and paths, never look whether they were cancelled, and compare each element with each: 60,000 against 60,000 take
 * more than twenty seconds. Those that make a long text from a number (repeat, lpad, rpad, format) feed others that never look
 * either (LIKE, strpos, replace), of which no query can do without.
 */
export const slowFunctions =
  '^(array(overlap|contains|contained)|repeat|lpad|rpad|format|poly_.*|polygon|pt_contained_poly|pclose|popen|path' +
  '|on_ppath|dist_(ppoly|polyp|cpoly|polyc|ppath|pathp))$';
