-- One row per refund that was asked of the payment provider, under the key that the provider knows it by.

ALTER TABLE orders ADD UNIQUE (tenant_id, id);

CREATE TABLE refunds (
  key          text PRIMARY KEY,
  tenant_id    text NOT NULL DEFAULT current_setting('app.tenant', true) CHECK (tenant_id <> ''),
  order_id     bigint NOT NULL,
  amount_cents bigint NOT NULL CHECK (amount_cents > 0),
  -- What the provider calls it. Absent: it was asked, and is not known to have happened.
  provider_id  text,
  created_at   timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
);
CREATE INDEX refunds_of_order ON refunds (tenant_id, order_id);

ALTER TABLE refunds ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON refunds
  USING (tenant_id = current_setting('app.tenant', true)) WITH CHECK (tenant_id = current_setting('app.tenant', true));
