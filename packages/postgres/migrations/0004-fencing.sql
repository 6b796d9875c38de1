-- The token of a claim is drawn once the key is the claimer's. Drawn before, one that waited for the key could become its
-- owner after another with a later token.

CREATE OR REPLACE FUNCTION sallyport.claim(
  a_tenant text, a_key text, a_fingerprint text, lease_ms bigint, a_retention_ms bigint
)
RETURNS TABLE (state text, token bigint, retry_after_ms bigint, result text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  entry sallyport.idempotency;
  at_time timestamptz;
  new_token bigint;
BEGIN
  LOOP
    -- Without a token at first: nobody else sees the row yet.
    INSERT INTO sallyport.idempotency (key, tenant, fingerprint, state, token, retention_ms, until)
    VALUES (a_key, a_tenant, a_fingerprint, 'held', 0, a_retention_ms, clock_timestamp() + sallyport.ms(lease_ms))
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
      UPDATE sallyport.idempotency i SET token = nextval('sallyport.fencing_token')
      WHERE i.key = a_key RETURNING i.token INTO new_token;
      RETURN QUERY SELECT 'claimed', new_token, NULL::bigint, NULL; RETURN;
    END IF;
    SELECT * INTO entry FROM sallyport.idempotency i WHERE i.key = a_key FOR UPDATE;
    EXIT WHEN FOUND; -- released meanwhile
  END LOOP;
  at_time := clock_timestamp();
  IF entry.state <> 'held' AND entry.until <= at_time THEN
    UPDATE sallyport.idempotency i
    SET fingerprint = a_fingerprint, state = 'held', token = nextval('sallyport.fencing_token'),
      retention_ms = a_retention_ms, until = at_time + sallyport.ms(lease_ms), result = NULL
    WHERE i.key = a_key RETURNING i.token INTO new_token;
    RETURN QUERY SELECT 'claimed', new_token, NULL::bigint, NULL;
  ELSIF entry.fingerprint <> a_fingerprint THEN
    RETURN QUERY SELECT 'conflict', NULL::bigint, NULL::bigint, NULL;
  ELSIF entry.state = 'settled' THEN
    RETURN QUERY SELECT 'settled', NULL::bigint, NULL::bigint, entry.result;
  ELSIF entry.state = 'held' AND entry.until > at_time THEN
    RETURN QUERY SELECT 'in-progress', NULL::bigint, 1000::bigint, NULL;
  ELSE
    UPDATE sallyport.idempotency i
    SET state = 'held', token = nextval('sallyport.fencing_token'), until = at_time + sallyport.ms(lease_ms)
    WHERE i.key = a_key RETURNING i.token INTO new_token;
    RETURN QUERY SELECT 'unknown', new_token, NULL::bigint, NULL;
  END IF;
END $$;
