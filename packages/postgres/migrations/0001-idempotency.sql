-- Idempotency keys and their results. A key is a SHA-256 over tenant, principal, tool and the caller's key: who does not know
-- all four reaches nothing. The login of handlers has no right to the table, only to the functions, one per atomic verb;
-- they run with their owner's rights and by this server's clock.

CREATE TABLE sallyport.idempotency (
  key          text PRIMARY KEY,
  -- For operators: whose keys take up room.
  tenant       text NOT NULL,
  fingerprint  text NOT NULL,
  state        text NOT NULL CHECK (state IN ('held', 'unknown', 'settled')),
  -- The fencing token of the last claim: only its holder may settle, renew, release or abandon.
  token        bigint NOT NULL,
  retention_ms bigint NOT NULL CHECK (retention_ms > 0),
  -- A held claim turns unknown at this time; one that is settled or unknown is forgotten.
  until        timestamptz NOT NULL,
  result       text CHECK ((state = 'settled') = (result IS NOT NULL))
);
CREATE INDEX idempotency_until ON sallyport.idempotency (until);
CREATE SEQUENCE sallyport.fencing_token;

CREATE FUNCTION sallyport.ms(ms bigint) RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT ms * interval '1 millisecond' $$;

-- Claims a key for an effect outside the database. state: claimed, in-progress, conflict, settled or unknown. A claim that
-- expired is unknown, never free.
CREATE FUNCTION sallyport.claim(a_tenant text, a_key text, a_fingerprint text, lease_ms bigint, a_retention_ms bigint)
RETURNS TABLE (state text, token bigint, retry_after_ms bigint, result text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  entry sallyport.idempotency;
  at_time timestamptz;
  new_token bigint := nextval('sallyport.fencing_token');
BEGIN
  LOOP
    INSERT INTO sallyport.idempotency (key, tenant, fingerprint, state, token, retention_ms, until)
    VALUES (a_key, a_tenant, a_fingerprint, 'held', new_token, a_retention_ms, clock_timestamp() + sallyport.ms(lease_ms))
    ON CONFLICT DO NOTHING;
    IF FOUND THEN RETURN QUERY SELECT 'claimed', new_token, NULL::bigint, NULL; RETURN; END IF;
    SELECT * INTO entry FROM sallyport.idempotency i WHERE i.key = a_key FOR UPDATE;
    EXIT WHEN FOUND; -- released meanwhile
  END LOOP;
  at_time := clock_timestamp();
  IF entry.state <> 'held' AND entry.until <= at_time THEN
    UPDATE sallyport.idempotency i
    SET fingerprint = a_fingerprint, state = 'held', token = new_token, retention_ms = a_retention_ms,
      until = at_time + sallyport.ms(lease_ms), result = NULL
    WHERE i.key = a_key;
    RETURN QUERY SELECT 'claimed', new_token, NULL::bigint, NULL;
  ELSIF entry.fingerprint <> a_fingerprint THEN
    RETURN QUERY SELECT 'conflict', NULL::bigint, NULL::bigint, NULL;
  ELSIF entry.state = 'settled' THEN
    RETURN QUERY SELECT 'settled', NULL::bigint, NULL::bigint, entry.result;
  ELSIF entry.state = 'held' AND entry.until > at_time THEN
    RETURN QUERY SELECT 'in-progress', NULL::bigint, 1000::bigint, NULL;
  ELSE
    UPDATE sallyport.idempotency i
    SET state = 'held', token = new_token, until = at_time + sallyport.ms(lease_ms) WHERE i.key = a_key;
    RETURN QUERY SELECT 'unknown', new_token, NULL::bigint, NULL;
  END IF;
END $$;

-- Keeps a claim from turning unknown. False when it is no longer this holder's.
CREATE FUNCTION sallyport.renew(a_key text, a_token bigint, lease_ms bigint) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH renewed AS (
    UPDATE sallyport.idempotency SET state = 'held', until = clock_timestamp() + sallyport.ms(lease_ms)
    WHERE key = a_key AND token = a_token AND state <> 'settled' RETURNING 1
  ) SELECT EXISTS (SELECT FROM renewed)
$$;

-- Stores the result. False when the claim is no longer this holder's: nothing was stored.
CREATE FUNCTION sallyport.settle(a_key text, a_token bigint, a_result text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH settled AS (
    UPDATE sallyport.idempotency
    SET state = 'settled', result = a_result, until = clock_timestamp() + sallyport.ms(retention_ms)
    WHERE key = a_key AND token = a_token AND state <> 'settled' RETURNING 1
  ) SELECT EXISTS (SELECT FROM settled)
$$;

-- Gives the key back: the effect is known not to have happened.
CREATE FUNCTION sallyport.release(a_key text, a_token bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ DELETE FROM sallyport.idempotency WHERE key = a_key AND token = a_token AND state <> 'settled' $$;

-- The holder does not know whether the effect happened.
CREATE FUNCTION sallyport.abandon(a_key text, a_token bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  UPDATE sallyport.idempotency SET state = 'unknown', until = clock_timestamp() + sallyport.ms(retention_ms)
  WHERE key = a_key AND token = a_token AND state <> 'settled'
$$;

-- Begins an effect inside the calling transaction, without waiting for another one that holds the key. state: claimed,
-- in-progress, conflict, settled or unknown (a claim of an effect outside the database that was interrupted).
CREATE FUNCTION sallyport.begin_effect(a_key text, a_fingerprint text)
RETURNS TABLE (state text, token bigint, result text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  entry sallyport.idempotency;
  at_time timestamptz;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended(a_key, 0)) THEN
    RETURN QUERY SELECT 'in-progress', NULL::bigint, NULL; RETURN;
  END IF;
  -- A statement of its own, so its snapshot is younger than the lock: it sees what the holder before committed.
  SELECT * INTO entry FROM sallyport.idempotency i WHERE i.key = a_key;
  at_time := clock_timestamp();
  IF FOUND AND entry.state <> 'held' AND entry.until <= at_time THEN
    DELETE FROM sallyport.idempotency i WHERE i.key = a_key;
    entry := NULL;
  END IF;
  IF entry.key IS NULL THEN
    RETURN QUERY SELECT 'claimed', nextval('sallyport.fencing_token'), NULL;
  ELSIF entry.fingerprint <> a_fingerprint THEN
    RETURN QUERY SELECT 'conflict', NULL::bigint, NULL;
  ELSIF entry.state = 'settled' THEN
    RETURN QUERY SELECT 'settled', NULL::bigint, entry.result;
  ELSIF entry.state = 'held' AND entry.until > at_time THEN
    RETURN QUERY SELECT 'in-progress', NULL::bigint, NULL;
  ELSE
    RETURN QUERY SELECT 'unknown', NULL::bigint, NULL;
  END IF;
END $$;

-- Stores the result of an effect in the effect's own transaction. The primary key is the last word: a second effect under
-- one key fails here, whatever the locks said, and takes its transaction with it.
CREATE FUNCTION sallyport.end_effect(
  a_tenant text, a_key text, a_fingerprint text, a_token bigint, a_retention_ms bigint, a_result text
)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  INSERT INTO sallyport.idempotency (key, tenant, fingerprint, state, token, retention_ms, until, result)
  VALUES (a_key, a_tenant, a_fingerprint, 'settled', a_token, a_retention_ms,
    clock_timestamp() + sallyport.ms(a_retention_ms), a_result)
$$;

-- Forgets at most a_limit keys whose time is over, and turns claims whose holder vanished unknown. Returns how many it
-- forgot: call it again while that is a_limit.
CREATE FUNCTION sallyport.forget_keys(a_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  forgotten integer;
BEGIN
  WITH lost AS (
    SELECT key FROM sallyport.idempotency WHERE state = 'held' AND until <= clock_timestamp()
    LIMIT a_limit FOR UPDATE SKIP LOCKED
  )
  UPDATE sallyport.idempotency i SET state = 'unknown', until = clock_timestamp() + sallyport.ms(retention_ms)
  FROM lost WHERE i.key = lost.key;
  WITH old AS (
    SELECT key FROM sallyport.idempotency WHERE state <> 'held' AND until <= clock_timestamp()
    LIMIT a_limit FOR UPDATE SKIP LOCKED
  )
  DELETE FROM sallyport.idempotency i USING old WHERE i.key = old.key;
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN forgotten;
END $$;
