-- The tests sleep, as handlers and as agents never may.
GRANT EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) TO sallyport_app;
