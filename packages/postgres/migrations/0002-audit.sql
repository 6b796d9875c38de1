-- The audit trail. Handlers' login may add entries and nothing else: it cannot read, change or delete one. Another login, the
-- auditor's, gives entries their order, chains and signs them; it cannot change or delete either.

CREATE TABLE sallyport.audit_entries (
  -- The order of arrival. It may have gaps: the gap-free order is that of the chain.
  id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Empty for calls of nobody's: a caller without a tenant.
  tenant text NOT NULL,
  -- Canonical JSON (RFC 8785), as it was hashed.
  entry  text NOT NULL
);

-- A transaction bound to a tenant writes entries of that tenant only.
ALTER TABLE sallyport.audit_entries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON sallyport.audit_entries FOR INSERT
  WITH CHECK (tenant = coalesce(current_setting('app.tenant', true), ''));
CREATE POLICY every ON sallyport.audit_entries FOR SELECT USING (true);

-- Entries that are not in the chain yet. Filled by a trigger, so that an entry that commits late is not passed over.
CREATE TABLE sallyport.audit_waiting (id bigint PRIMARY KEY);

CREATE FUNCTION sallyport.audit_wait() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN INSERT INTO sallyport.audit_waiting VALUES (NEW.id); RETURN NULL; END $$;
CREATE TRIGGER wait AFTER INSERT ON sallyport.audit_entries FOR EACH ROW EXECUTE FUNCTION sallyport.audit_wait();

-- The order per tenant, without gaps, from 1. hash: SHA-256 over the hash before, the place and the entry.
CREATE TABLE sallyport.audit_chain (
  tenant   text NOT NULL,
  seq      bigint NOT NULL CHECK (seq > 0),
  entry_id bigint NOT NULL UNIQUE REFERENCES sallyport.audit_entries (id),
  hash     text NOT NULL,
  PRIMARY KEY (tenant, seq)
);

-- Signed heads of the chains. Whoever keeps them elsewhere as well notices when the end of a chain is cut off.
CREATE TABLE sallyport.audit_checkpoints (
  tenant    text NOT NULL,
  seq       bigint NOT NULL,
  hash      text NOT NULL,
  at        text NOT NULL,
  key_id    text NOT NULL,
  signature text NOT NULL,
  PRIMARY KEY (tenant, seq)
);
