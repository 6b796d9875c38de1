-- settle() that looks neither at the fencing token nor at whether there is a result.
CREATE OR REPLACE FUNCTION sallyport.settle(a_key text, a_token bigint, a_result text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH settled AS (
    UPDATE sallyport.idempotency
    SET state = 'settled', result = a_result, until = clock_timestamp() + sallyport.ms(retention_ms)
    WHERE key = a_key RETURNING 1
  ) SELECT EXISTS (SELECT FROM settled)
$$;
