-- What calls took, by tenant, day, agent and tool. The login of handlers may add to it and read nothing: whose agents there are
-- is no tenant's business. The auditor's login reads it.

CREATE TABLE sallyport.usage (
  tenant        text NOT NULL,
  day           date NOT NULL,
  issuer        text NOT NULL,
  agent         text NOT NULL,
  tool          text NOT NULL,
  calls         bigint NOT NULL,
  handler_ms    double precision NOT NULL,
  input_tokens  double precision NOT NULL,
  output_tokens double precision NOT NULL,
  cost          double precision NOT NULL,
  PRIMARY KEY (tenant, day, issuer, agent, tool)
);
CREATE INDEX usage_day ON sallyport.usage (day);

-- The last batch of each process, so that one that is sent again adds nothing.
CREATE TABLE sallyport.usage_sources (
  source text PRIMARY KEY,
  last   bigint NOT NULL,
  at     timestamptz NOT NULL
);

-- Adds a batch, or nothing when its number is not above the last one of its source, or its day is older than the retention. Of
-- one tenant and day max_rows find a row of their own; what comes after them is counted under *, by tool. Instances that add at
-- the same moment may go over that by what they add.
CREATE FUNCTION sallyport.record_usage(a_source text, a_number bigint, a_day date, retention_days integer, max_rows integer, entries jsonb)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
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

-- Forgets days whose retention is over, and sources that have been silent for two days. Returns how many rows of usage it were.
CREATE FUNCTION sallyport.forget_usage(retention_days integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  WITH sources AS (
    DELETE FROM sallyport.usage_sources WHERE at < clock_timestamp() - interval '2 days'
  ), gone AS (
    DELETE FROM sallyport.usage WHERE day <= (clock_timestamp() AT TIME ZONE 'UTC')::date - retention_days RETURNING 1
  ) SELECT count(*) FROM gone
$$;
