-- What the two logins may do in this database. Runs on every migrate, so that it also covers what was installed since.

-- Only what the tools need; no DELETE, no TRUNCATE, and no way to move a row to another tenant or customer.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM sallyport_app, sallyport_query;
REVOKE ALL ON customers, orders, invoices FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO sallyport_app, sallyport_query;
GRANT SELECT ON customers, orders, invoices TO sallyport_app, sallyport_query;
GRANT INSERT (tenant_id, customer_id, amount_cents, currency, memo) ON invoices TO sallyport_app;
GRANT UPDATE (status, refunded_cents) ON orders TO sallyport_app;

DO $$
BEGIN
  EXECUTE format('REVOKE CREATE, TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO sallyport_app, sallyport_query', current_database());
END $$;

-- Functions with which a SELECT could leave its tenant (set_config), hold a connection or a lock, reach files, signal or read
-- other sessions, run SQL given as text, or run on past every timeout: translate never looks whether it was cancelled, and takes
-- half an hour for ten million letters. Everybody may call most of them by default, in this database now nobody but a
-- superuser. A role of yours that needs one, pg_dump's for set_config among them, needs a GRANT after each migrate.
-- The same pattern as dangerousFunctions in src/db/assert-safe-role.ts, which refuses to start where this was not done.
DO $$
DECLARE
  call regprocedure;
BEGIN
  FOR call IN
    SELECT p.oid FROM pg_catalog.pg_proc p
    WHERE p.proname ~ '^(set_config|pg_sleep.*|pg_(try_)?advisory_.*|lo_.*|loread|lowrite|pg_read_.*|pg_ls_.*|pg_stat_file|pg_cancel_backend|pg_terminate_backend|pg_notify|pg_export_snapshot|pg_logical_emit_message|pg_log_backend_memory_contexts|pg_stat_reset.*|pg_stat_get_activity|pg_stat_get_backend_activity|pg_stat_statements.*|dblink.*|xpath_table|crosstab.*|connectby|translate|ts_stat|query_to_xml.*|cursor_to_xml.*|table_to_xml.*|schema_to_xml.*|database_to_xml.*)$'
  LOOP
    EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC, sallyport_app, sallyport_query', call);
  END LOOP;
END $$;

-- slow_report sleeps; operators read pg_stat_activity.
GRANT EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) TO sallyport_app;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_stat_get_activity(integer), pg_catalog.pg_stat_get_backend_activity(integer)
  TO pg_read_all_stats;
