-- The tests sleep.
GRANT EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) TO sallyport_app;
