import fc from 'fast-check';

/** Texts of SQL that give a text for a row of `invoices`: honest ones mostly, and what should be refused now and then. */
const { text } = fc.letrec<{ text: string; condition: string }>((tie) => ({
  text: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    {
      weight: 8,
      arbitrary: fc.constantFrom('memo', 'tenant_id', 'id::text', "'globex'", "'acme'", 'currency', 'null', 'i::text'),
    },
    { weight: 2, arbitrary: tie('text').map((inner) => `lower(${inner})`) },
    { weight: 2, arbitrary: fc.tuple(tie('text'), tie('text')).map(([a, b]) => `coalesce(${a}, ${b})`) },
    { weight: 2, arbitrary: fc.tuple(tie('text'), tie('text')).map(([a, b]) => `(${a} || ${b})`) },
    { weight: 2, arbitrary: tie('text').map((inner) => `(select string_agg(${inner}, ',') from invoices i)`) },
    {
      weight: 1,
      arbitrary: tie('text').map((inner) => `(select jsonb_agg(to_jsonb(i))::text || ${inner} from invoices i)`),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(tie('condition'), tie('text')).map(([when, then]) => `case when ${when} then ${then} end`),
    },
    { weight: 1, arbitrary: tie('text').map((inner) => `(select max(c.name) || ${inner} from customers c)`) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        ...["set_config('app.tenant', 'globex', true)", "pg_catalog.set_config('role', 'postgres', false)"],
        ...["current_setting('app.tenant')", 'pg_sleep(1)::text', "pg_read_file('/etc/passwd')", 'version()', '$1'],
        ...["query_to_xml('select * from invoices', true, true, '')::text", "nextval('invoices_id_seq')::text"],
        ...[
          'pg_try_advisory_lock(7)::text',
          'pg_try_advisory_xact_lock(7)::text',
          "pg_notify('a', memo)::text",
          'txid_current()::text',
        ],
        ...['(select result from sallyport.idempotency limit 1)', '(select rolpassword from pg_authid limit 1)'],
        ...[
          "(select string_agg(most_common_vals::text, ',') from pg_stats)",
          '(select string_agg(query, $$,$$) from pg_stat_activity)',
        ],
        ...[
          "lo_import('/etc/passwd')::text",
          "U&\"set\\005fconfig\"('app.tenant', 'globex', true)",
          'session_user',
          "'a'::regrole::text",
        ],
      ),
    },
  ),
  condition: fc.oneof(
    { depthSize: 'small' },
    fc.tuple(tie('text'), fc.constantFrom('=', '<>', '<', 'like', '~'), tie('text')).map((parts) => parts.join(' ')),
    fc.tuple(tie('condition'), fc.constantFrom('and', 'or'), tie('condition')).map(([a, or, b]) => `(${a} ${or} ${b})`),
    tie('text').map((inner) => `exists (select from orders o where o.tenant_id = ${inner})`),
    fc.constantFrom('true', 'not false', "tenant_id = 'globex'", 'row_security_active(tableoid)'),
  ),
}));
const from = fc.constantFrom(
  '',
  ' join orders o on o.customer_id = i.customer_id',
  ' cross join customers c',
  ', lateral (select i.id as n) l',
);
const select = fc.tuple(text, text, from, fc.option(text), fc.option(text)).map(([a, b, join, where, order]) => {
  const clean = join === '' ? [a, b, where, order] : ['i.memo', 'i.tenant_id', null, null];
  const [first, second, condition, sorted] = clean;
  return `select ${first}, ${second} from invoices i${join}${condition === null ? '' : ` where ${condition} is not null`}${
    sorted === null ? '' : ` order by ${sorted}`
  }`;
});
const honest = (query: string): string => query;
const around = fc.oneof(
  { weight: 12, arbitrary: fc.constant(honest) },
  {
    weight: 4,
    arbitrary: fc.constantFrom<(query: string) => string>(
      (query) => `with t as materialized (${query}) select * from t, invoices`,
      (query) => `select * from (${query}) t (a, b) union all select name, tenant_id from customers`,
      (query) => `${query} limit 5 offset 1`,
      (query) => `/* ; */ ${query} -- ; commit`,
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom<(query: string) => string>(
      (query) => `${query}; set app.tenant = 'globex'; select * from invoices`,
      (query) => `commit; begin; set local app.tenant = 'globex'; ${query}`,
      (query) => `${query} for update`,
      (query) => `explain analyze ${query}`,
      (query) => `set local app.tenant = 'globex'; ${query}`,
      (query) => `reset role; ${query}`,
      (query) => `insert into invoices (memo, currency) ${query}`,
      (query) => `with t as (delete from orders returning *) ${query}`,
      (query) => `do $$ begin perform ${query.slice(7)}; end $$`,
      (query) => `copy (${query}) to stdout`,
      (query) => `declare c cursor with hold for ${query}`,
      (query) => `${query} -- \n; rollback`,
    ),
  },
);

/** Texts that look like queries, from honest to hostile. */
export const generatedQuery: fc.Arbitrary<string> = fc.tuple(around, select).map(([wrap, query]) => wrap(query));
