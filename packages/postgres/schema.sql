-- The schema of the framework, as the migrations make it. Written by pg_dump; a test compares it.
CREATE SCHEMA sallyport;
CREATE FUNCTION sallyport.abandon(a_key text, a_token bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  UPDATE sallyport.idempotency SET state = 'unknown', until = clock_timestamp() + sallyport.ms(retention_ms)
  WHERE key = a_key AND token = a_token AND state <> 'settled'
$$;
CREATE FUNCTION sallyport.audit_wait() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ BEGIN INSERT INTO sallyport.audit_waiting VALUES (NEW.id); RETURN NULL; END $$;
CREATE FUNCTION sallyport.begin_effect(a_key text, a_fingerprint text) RETURNS TABLE(state text, token bigint, result text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
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
CREATE FUNCTION sallyport.claim(a_tenant text, a_key text, a_fingerprint text, lease_ms bigint, a_retention_ms bigint) RETURNS TABLE(state text, token bigint, retry_after_ms bigint, result text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
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
CREATE FUNCTION sallyport.end_effect(a_tenant text, a_key text, a_fingerprint text, a_token bigint, a_retention_ms bigint, a_result text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  INSERT INTO sallyport.idempotency (key, tenant, fingerprint, state, token, retention_ms, until, result)
  VALUES (a_key, a_tenant, a_fingerprint, 'settled', a_token, a_retention_ms,
    clock_timestamp() + sallyport.ms(a_retention_ms), a_result)
$$;
CREATE FUNCTION sallyport.forget_keys(a_limit integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
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
CREATE FUNCTION sallyport.forget_usage(retention_days integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  WITH sources AS (
    DELETE FROM sallyport.usage_sources WHERE at < clock_timestamp() - interval '2 days'
  ), gone AS (
    DELETE FROM sallyport.usage WHERE day <= (clock_timestamp() AT TIME ZONE 'UTC')::date - retention_days RETURNING 1
  ) SELECT count(*) FROM gone
$$;
CREATE FUNCTION sallyport.ms(ms bigint) RETURNS interval
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ SELECT ms * interval '1 millisecond' $$;
CREATE FUNCTION sallyport.record_usage(a_source text, a_number bigint, a_day date, retention_days integer, max_rows integer, entries jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  INSERT INTO sallyport.usage_sources AS s (source, last, at) VALUES (a_source, a_number, clock_timestamp())
  ON CONFLICT (source) DO UPDATE SET last = excluded.last, at = excluded.at WHERE s.last < excluded.last;
  IF NOT FOUND OR a_day <= (clock_timestamp() AT TIME ZONE 'UTC')::date - retention_days THEN RETURN; END IF;
  -- In the order of the key: two that add to the same rows wait for each other and never both.
  INSERT INTO sallyport.usage AS u (tenant, day, issuer, agent, tool, calls, handler_ms, input_tokens, output_tokens, cost)
  WITH sent AS (
    SELECT e.*, EXISTS (
      SELECT FROM sallyport.usage k
      WHERE (k.tenant, k.day, k.issuer, k.agent, k.tool) = (e.tenant, a_day, e.issuer, e.agent, e.tool)
    ) AS is_known
    FROM jsonb_to_recordset(entries) AS e (tenant text, issuer text, agent text, tool text, calls bigint,
      "handlerMs" double precision, "inputTokens" double precision, "outputTokens" double precision, cost double precision)
  ), kept AS (
    SELECT t.tenant, (SELECT count(*) FROM sallyport.usage k WHERE k.tenant = t.tenant AND k.day = a_day) AS rows
    FROM (SELECT DISTINCT tenant FROM sent WHERE NOT is_known) t
  ), placed AS (
    SELECT s.*, NOT s.is_known AND k.rows + row_number() OVER (PARTITION BY s.tenant, s.is_known) > max_rows AS is_over
    FROM sent s LEFT JOIN kept k ON k.tenant = s.tenant
  ), named AS (
    SELECT tenant, CASE WHEN is_over THEN '*' ELSE issuer END AS issuer, CASE WHEN is_over THEN '*' ELSE agent END AS agent,
      tool, calls, "handlerMs", "inputTokens", "outputTokens", cost
    FROM placed
  )
  SELECT tenant, a_day, issuer, agent, tool, sum(calls), sum("handlerMs"), sum("inputTokens"), sum("outputTokens"), sum(cost)
  FROM named GROUP BY tenant, issuer, agent, tool ORDER BY tenant, issuer, agent, tool
  ON CONFLICT (tenant, day, issuer, agent, tool) DO UPDATE SET calls = u.calls + excluded.calls,
    handler_ms = u.handler_ms + excluded.handler_ms, input_tokens = u.input_tokens + excluded.input_tokens,
    output_tokens = u.output_tokens + excluded.output_tokens, cost = u.cost + excluded.cost;
END $$;
CREATE FUNCTION sallyport.release(a_key text, a_token bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$ DELETE FROM sallyport.idempotency WHERE key = a_key AND token = a_token AND state <> 'settled' $$;
CREATE FUNCTION sallyport.renew(a_key text, a_token bigint, lease_ms bigint) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  WITH renewed AS (
    UPDATE sallyport.idempotency SET state = 'held', until = clock_timestamp() + sallyport.ms(lease_ms)
    WHERE key = a_key AND token = a_token AND state <> 'settled' RETURNING 1
  ) SELECT EXISTS (SELECT FROM renewed)
$$;
CREATE FUNCTION sallyport.settle(a_key text, a_token bigint, a_result text) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  WITH settled AS (
    UPDATE sallyport.idempotency
    SET state = 'settled', result = a_result, until = clock_timestamp() + sallyport.ms(retention_ms)
    WHERE key = a_key AND token = a_token AND state <> 'settled' RETURNING 1
  ) SELECT EXISTS (SELECT FROM settled)
$$;
CREATE TABLE sallyport.audit_chain (
    tenant text NOT NULL,
    seq bigint NOT NULL,
    entry_id bigint NOT NULL,
    hash text NOT NULL,
    CONSTRAINT audit_chain_seq_check CHECK ((seq > 0))
);
CREATE TABLE sallyport.audit_checkpoints (
    tenant text NOT NULL,
    seq bigint NOT NULL,
    hash text NOT NULL,
    at text NOT NULL,
    key_id text NOT NULL,
    signature text NOT NULL
);
CREATE TABLE sallyport.audit_entries (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    tenant text NOT NULL,
    entry text NOT NULL
);
ALTER TABLE ONLY sallyport.audit_entries FORCE ROW LEVEL SECURITY;
ALTER TABLE sallyport.audit_entries ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME sallyport.audit_entries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE sallyport.audit_waiting (
    id bigint NOT NULL
);
CREATE SEQUENCE sallyport.fencing_token
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
CREATE TABLE sallyport.idempotency (
    key text NOT NULL,
    tenant text NOT NULL,
    fingerprint text NOT NULL,
    state text NOT NULL,
    token bigint NOT NULL,
    retention_ms bigint NOT NULL,
    until timestamp with time zone NOT NULL,
    result text,
    CONSTRAINT idempotency_check CHECK (((state = 'settled'::text) = (result IS NOT NULL))),
    CONSTRAINT idempotency_retention_ms_check CHECK ((retention_ms > 0)),
    CONSTRAINT idempotency_state_check CHECK ((state = ANY (ARRAY['held'::text, 'unknown'::text, 'settled'::text])))
);
CREATE TABLE sallyport.migrations (
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE sallyport.usage (
    tenant text NOT NULL,
    day date NOT NULL,
    issuer text NOT NULL,
    agent text NOT NULL,
    tool text NOT NULL,
    calls bigint NOT NULL,
    handler_ms double precision NOT NULL,
    input_tokens double precision NOT NULL,
    output_tokens double precision NOT NULL,
    cost double precision NOT NULL
);
CREATE TABLE sallyport.usage_sources (
    source text NOT NULL,
    last bigint NOT NULL,
    at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY sallyport.audit_chain
    ADD CONSTRAINT audit_chain_entry_id_key UNIQUE (entry_id);
ALTER TABLE ONLY sallyport.audit_chain
    ADD CONSTRAINT audit_chain_pkey PRIMARY KEY (tenant, seq);
ALTER TABLE ONLY sallyport.audit_checkpoints
    ADD CONSTRAINT audit_checkpoints_pkey PRIMARY KEY (tenant, seq);
ALTER TABLE ONLY sallyport.audit_entries
    ADD CONSTRAINT audit_entries_pkey PRIMARY KEY (id);
ALTER TABLE ONLY sallyport.audit_waiting
    ADD CONSTRAINT audit_waiting_pkey PRIMARY KEY (id);
ALTER TABLE ONLY sallyport.idempotency
    ADD CONSTRAINT idempotency_pkey PRIMARY KEY (key);
ALTER TABLE ONLY sallyport.migrations
    ADD CONSTRAINT migrations_pkey PRIMARY KEY (name);
ALTER TABLE ONLY sallyport.usage
    ADD CONSTRAINT usage_pkey PRIMARY KEY (tenant, day, issuer, agent, tool);
ALTER TABLE ONLY sallyport.usage_sources
    ADD CONSTRAINT usage_sources_pkey PRIMARY KEY (source);
CREATE INDEX idempotency_until ON sallyport.idempotency USING btree (until);
CREATE INDEX usage_day ON sallyport.usage USING btree (day);
CREATE TRIGGER wait AFTER INSERT ON sallyport.audit_entries FOR EACH ROW EXECUTE FUNCTION sallyport.audit_wait();
ALTER TABLE ONLY sallyport.audit_chain
    ADD CONSTRAINT audit_chain_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES sallyport.audit_entries(id);
ALTER TABLE sallyport.audit_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY every ON sallyport.audit_entries FOR SELECT USING (true);
CREATE POLICY own ON sallyport.audit_entries FOR INSERT WITH CHECK ((tenant = COALESCE(current_setting('app.tenant'::text, true), ''::text)));
GRANT USAGE ON SCHEMA sallyport TO sallyport_app;
GRANT USAGE ON SCHEMA sallyport TO sallyport_audit;
REVOKE ALL ON FUNCTION sallyport.abandon(a_key text, a_token bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION sallyport.abandon(a_key text, a_token bigint) TO sallyport_app;
REVOKE ALL ON FUNCTION sallyport.audit_wait() FROM PUBLIC;
GRANT ALL ON FUNCTION sallyport.audit_wait() TO sallyport_app;
REVOKE ALL ON FUNCTION sallyport.begin_effect(a_key text, a_fingerprint text) FROM PUBLIC;
GRANT ALL ON FUNCTION sallyport.begin_effect(a_key text, a_fingerprint text) TO sallyport_app;
REVOKE ALL ON FUNCTION sallyport.claim(a_tenant text, a_key text, a_fingerprint text, lease_ms bigint, a_retention_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION sallyport.claim(a_tenant text, a_key text, a_fingerprint text, lease_ms bigint, a_retention_ms bigint) TO sallyport_app;
REVOKE ALL ON FUNCTION sallyport.end_effect(a_tenant text, a_key text, a_fingerprint text, a_token bigint, a_retention_ms bigint, a_result text) FROM PUBLIC;
GRANT ALL ON FUNCTION sallyport.end_effect(a_tenant text, a_key text, a_fingerprint text, a_token bigint, a_retention_ms bigint, a_result text) TO sallyport_app;
REVOKE ALL ON FUNCTION sallyport.forget_keys(a_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION sallyport.forget_keys(a_limit integer) TO sallyport_app;
REVOKE ALL ON FUNCTION sallyport.forget_usage(retention_days integer) FROM PUBLIC;
GRANT ALL ON FUNCTION sallyport.forget_usage(retention_days integer) TO sallyport_app;
REVOKE ALL ON FUNCTION sallyport.ms(ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION sallyport.ms(ms bigint) TO sallyport_app;
REVOKE ALL ON FUNCTION sallyport.record_usage(a_source text, a_number bigint, a_day date, retention_days integer, max_rows integer, entries jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION sallyport.record_usage(a_source text, a_number bigint, a_day date, retention_days integer, max_rows integer, entries jsonb) TO sallyport_app;
REVOKE ALL ON FUNCTION sallyport.release(a_key text, a_token bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION sallyport.release(a_key text, a_token bigint) TO sallyport_app;
REVOKE ALL ON FUNCTION sallyport.renew(a_key text, a_token bigint, lease_ms bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION sallyport.renew(a_key text, a_token bigint, lease_ms bigint) TO sallyport_app;
REVOKE ALL ON FUNCTION sallyport.settle(a_key text, a_token bigint, a_result text) FROM PUBLIC;
GRANT ALL ON FUNCTION sallyport.settle(a_key text, a_token bigint, a_result text) TO sallyport_app;
GRANT SELECT,INSERT ON TABLE sallyport.audit_chain TO sallyport_audit;
GRANT SELECT,INSERT ON TABLE sallyport.audit_checkpoints TO sallyport_audit;
GRANT SELECT ON TABLE sallyport.audit_entries TO sallyport_audit;
GRANT INSERT(tenant) ON TABLE sallyport.audit_entries TO sallyport_app;
GRANT INSERT(entry) ON TABLE sallyport.audit_entries TO sallyport_app;
GRANT SELECT,DELETE ON TABLE sallyport.audit_waiting TO sallyport_audit;
GRANT SELECT ON TABLE sallyport.migrations TO sallyport_app;
GRANT SELECT ON TABLE sallyport.usage TO sallyport_audit;
