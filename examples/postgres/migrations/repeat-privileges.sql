-- What the two logins may do with this server's tables. Runs on every migrate, after what the framework grants and revokes.

-- Only what the tools need; no DELETE, no TRUNCATE, and no way to move a row to another tenant or customer.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM sallyport_app, sallyport_query;
REVOKE ALL ON customers, orders, invoices FROM PUBLIC;
GRANT SELECT ON customers, orders, invoices TO sallyport_app, sallyport_query;
GRANT INSERT (tenant_id, customer_id, amount_cents, currency, memo) ON invoices TO sallyport_app;
GRANT UPDATE (status, refunded_cents) ON orders TO sallyport_app;

-- slow_report sleeps.
GRANT EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) TO sallyport_app;
