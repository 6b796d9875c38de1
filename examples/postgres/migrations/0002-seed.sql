-- Sample data: two tenants, the same on every run. Customer 1 is acme's, customer 2 is globex's; outside checks rely on it.
-- New rows are numbered from 1001. Per tenant, because row-level security holds for the tables' owner too.

SET LOCAL app.tenant = 'acme';

INSERT INTO customers (id, tenant_id, name, email, created_at) VALUES
  (1, 'acme', 'Ada Lindqvist', 'ada@example.com', '2026-01-05T09:00:00Z'),
  (3, 'acme', 'Bruno Okafor', 'bruno@example.com', '2026-01-12T14:30:00Z'),
  (5, 'acme', 'Chiara Novak', 'chiara@example.com', '2026-02-02T08:15:00Z');

INSERT INTO orders (id, tenant_id, customer_id, status, amount_cents, refunded_cents, currency, created_at)
SELECT n * 2 - 1, 'acme', (n % 3) * 2 + 1, CASE WHEN n = 6 THEN 'refunded' ELSE 'paid' END,
  n * 1250, CASE WHEN n = 6 THEN n * 1250 ELSE 0 END, 'EUR', timestamptz '2026-02-01T10:00:00Z' + n * interval '3 days'
FROM generate_series(1, 6) AS n;

INSERT INTO invoices (id, tenant_id, customer_id, amount_cents, currency, memo, created_at)
SELECT n * 2 - 1, 'acme', (n % 3) * 2 + 1, n * 1999, 'EUR', 'acme invoice ' || n,
  timestamptz '2026-03-01T10:00:00Z' + n * interval '2 days'
FROM generate_series(1, 8) AS n;

SET LOCAL app.tenant = 'globex';

INSERT INTO customers (id, tenant_id, name, email, created_at) VALUES
  (2, 'globex', 'Dara Whitfield', 'dara@example.net', '2026-01-07T11:00:00Z'),
  (4, 'globex', 'Emeka Sato', 'emeka@example.net', '2026-01-19T16:45:00Z'),
  (6, 'globex', 'Freja Costa', 'freja@example.net', '2026-02-03T07:05:00Z');

INSERT INTO orders (id, tenant_id, customer_id, status, amount_cents, refunded_cents, currency, created_at)
SELECT n * 2, 'globex', (n % 3) * 2 + 2, 'paid', n * 2100, 0, 'USD', timestamptz '2026-02-02T10:00:00Z' + n * interval '3 days'
FROM generate_series(1, 6) AS n;

INSERT INTO invoices (id, tenant_id, customer_id, amount_cents, currency, memo, created_at)
SELECT n * 2, 'globex', (n % 3) * 2 + 2, n * 2499, 'USD', 'globex invoice ' || n,
  timestamptz '2026-03-02T10:00:00Z' + n * interval '2 days'
FROM generate_series(1, 8) AS n;

SELECT setval(pg_get_serial_sequence('customers', 'id'), 1000);
SELECT setval(pg_get_serial_sequence('orders', 'id'), 1000);
SELECT setval(pg_get_serial_sequence('invoices', 'id'), 1000);
