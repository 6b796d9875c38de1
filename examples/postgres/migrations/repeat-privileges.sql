-- What the two logins may do with this server's tables. Runs on every migrate, after what the framework grants and revokes.

-- Only what the tools need: nothing but a refund that was declined is deleted, and there is no way to move a row to another tenant or customer.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM sallyport_app, sallyport_query;
REVOKE ALL ON customers, orders, invoices, refunds FROM PUBLIC;
GRANT SELECT ON customers, orders, invoices, refunds TO sallyport_app, sallyport_query;
GRANT INSERT (tenant_id, customer_id, amount_cents, currency, memo) ON invoices TO sallyport_app;
GRANT UPDATE (status, refunded_cents) ON orders TO sallyport_app;
GRANT INSERT (key, tenant_id, order_id, amount_cents), UPDATE (provider_id), DELETE ON refunds TO sallyport_app;

-- slow_report sleeps.
GRANT EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) TO sallyport_app;
