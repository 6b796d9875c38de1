-- Customer 1 is acme's, customer 2 is globex's; new rows are numbered from 1001.

INSERT INTO customers (id, tenant_id, name) VALUES
  (1, 'acme', 'Ada Lindqvist'), (3, 'acme', 'Bruno Okafor'), (5, 'acme', 'Chiara Novak'),
  (2, 'globex', 'Dara Whitfield'), (4, 'globex', 'Emeka Sato'), (6, 'globex', 'Freja Costa');

INSERT INTO orders (id, tenant_id, customer_id, amount_cents)
SELECT n, CASE WHEN n % 2 = 1 THEN 'acme' ELSE 'globex' END, CASE WHEN n % 2 = 1 THEN 1 ELSE 2 END, n * 1000
FROM generate_series(1, 12) n;

INSERT INTO invoices (id, tenant_id, customer_id, amount_cents, currency, memo)
SELECT n, tenant, CASE tenant WHEN 'acme' THEN 1 ELSE 2 END, n * 1999, 'EUR', tenant || ' invoice ' || n
FROM generate_series(1, 16) n, LATERAL (SELECT CASE WHEN n % 2 = 1 THEN 'acme' ELSE 'globex' END AS tenant) t;

SELECT setval(pg_get_serial_sequence('customers', 'id'), 1000);
SELECT setval(pg_get_serial_sequence('orders', 'id'), 1000);
SELECT setval(pg_get_serial_sequence('invoices', 'id'), 1000);
