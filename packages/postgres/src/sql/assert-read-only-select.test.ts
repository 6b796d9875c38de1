import { describe, expect, it } from 'vitest';
import { escapes } from '../../test-rig/escapes.js';
import { postgresAnswers, usePostgres } from '../../test-rig/postgres-fixture.js';
import { QueryRefused } from '../database-error.js';
import { allowedFunctions } from './allowed-functions.js';
import { assertReadOnlySelect, type SqlAllowance } from './assert-read-only-select.js';

const refusalOf = (text: string, allowance?: SqlAllowance): Promise<unknown> =>
  assertReadOnlySelect(text, allowance).then(
    () => undefined,
    (error: unknown) => error,
  );
const messageOf = async (text: string): Promise<string> =>
  String(((await refusalOf(text)) as Error | undefined)?.message);

it.each([
  'select * from invoices',
  'table invoices',
  'values (1), (2)',
  'select 1;',
  '/* a */ select 1 -- b',
  "select count(*) filter (where memo like 'a%'), sum(amount_cents)::numeric / 100 from invoices group by customer_id having count(*) > 1",
  'select i.*, row_number() over (partition by customer_id order by id) from invoices i',
  'with recursive t(n) as (values (1) union all select n + 1 from t where n < 5) select * from t',
  'with a as materialized (select 1 as x) select * from a natural full join (select 1 as x) b',
  'select * from invoices i left join lateral (select * from orders o where o.customer_id = i.customer_id limit 1) o on true',
  "select case when id > 1 then 'a' else null end, coalesce(memo, ''), greatest(1, 2), nullif(1, 2) from invoices",
  "select extract(year from now()), now() at time zone 'utc', date_trunc('month', now() - interval '1 day'), current_date",
  "select (array[1, 2])[1], (row(1, 2)), array(select id from invoices), 1 = any(array[1]), '{1}'::int[]",
  'select substring(memo from 1 for 2), trim(both from memo), position(memo in memo), overlay(memo placing memo from 1)',
  "select memo ilike '%a%', memo similar to 'a', memo ~ 'b', memo collate \"C\" from invoices order by memo desc nulls last",
  'select grouping(customer_id), count(*) from invoices group by rollup (customer_id), cube (id), grouping sets ((id), ())',
  'select * from generate_series(1, 3) with ordinality as g(n, i), unnest(array[1]) u',
  'select * from invoices tablesample system (10)',
  "select * from jsonb_to_recordset('[]'::jsonb) as x(a int, b text)",
  'select exists (select 1), not true, true is not unknown, 1 is not null, 1 between 0 and 2, 1 is distinct from 2',
  'select table_name from information_schema.tables',
  'select * from public.invoices order by id offset 3 fetch first 2 rows with ties',
  'select 1 union all select 2 except select 3 intersect select 4',
  'select pg_catalog.lower(memo) from invoices window w as (order by id)',
])('lets %s pass', async (text) => {
  expect(await messageOf(text)).toBe('undefined');
});

it.each([
  ['', 'The query is empty. Send one SELECT.'],
  ['select 1; select 2', 'Only one SELECT can be run; these are 2 statements. Send them one by one.'],
  ['delete from invoices', 'Only one SELECT can be run, and this is DELETE. Nothing can be changed here.'],
  ['create table a (b int)', 'Only one SELECT can be run, and this is CREATE. Nothing can be changed here.'],
  ['set role postgres', 'Only one SELECT can be run, and this is SET. Nothing can be changed here.'],
  [
    'with t as (delete from invoices returning *) select * from t',
    'DELETE is not allowed in a query. Use a plain SELECT.',
  ],
  ['select * into loot from invoices', 'SELECT INTO is not allowed in a query. Nothing can be changed here.'],
  [
    'select * from invoices for update',
    'FOR UPDATE and the like is not allowed in a query. Leave it out: queries lock nothing.',
  ],
  ['select $1', 'a parameter such as $1 is not allowed in a query. Use a plain SELECT.'],
  ['select pg_sleep(1)', 'The function pg_sleep is not allowed in a query. Queries do not wait. Leave it out.'],
  ["select repeat('a', 9)", /^The function repeat is not allowed in a query\. Texts of any length/],
  ["select lpad('a', 9)", /^The function lpad is not allowed in a query\. Use to_char/],
  ["select rpad('a', 9)", /^The function rpad is not allowed/],
  ["select format('%9s', 'a')", 'The function format is not allowed in a query. Use concat or ||.'],
  ["select '(0,0)'::polygon", 'The type polygon is not allowed in a query. Use point, box, circle or numbers.'],
  ["select '{}'::polygon[]", /^The type polygon/],
  ["select '{}'::_path", /^The type _path/],
  ["select cast('[(0,0)]' as pg_catalog.path)", /^The type path/],
  ["select '{pg_authid}'::_regclass", /^The type _regclass/],
  ['select date_trunk(a)', 'The function date_trunk is not allowed in a query. Try date_trunc.'],
  ['select jsonb_object_aggregate(a)', /Try jsonb_agg, jsonb_object_agg/],
  [
    'select whatever(a)',
    'The function whatever is not allowed in a query. Use the aggregate, text, date, JSON and array functions of Postgres.',
  ],
  ['select evil.lower(a)', /^The function evil\.lower is not allowed/],
  [
    'select * from pg_shadow',
    'The table pg_shadow is not allowed in a query. Read the tables that list_tables or information_schema.tables names.',
  ],
  ['select * from sallyport.idempotency', /^The table sallyport\.idempotency/],
  ['select * from other.public.invoices', /^The table public\.invoices/],
  [
    "select 'postgres'::regrole",
    'The type regrole is not allowed in a query. Names of the catalog cannot be looked up here.',
  ],
  ['selec 1', 'syntax error at or near "selec" (line 1, column 1).'],
  ['select 1\n from from', 'syntax error at or near "from" (line 2, column 7).'],
  ['select 1\0; drop table a', 'The query holds a zero byte.'],
  [
    `select ${'(select '.repeat(1_000)}1${')'.repeat(1_000)}`,
    'The query is nested too deeply. Write it with fewer brackets or subqueries.',
  ],
  [`select '${'x'.repeat(10_000)}'`, 'The query is longer than 10000 characters. Ask for less at once.'],
])('refuses %j in words that can be acted on', async (text, message) => {
  expect(await refusalOf(text)).toBeInstanceOf(QueryRefused);
  const said = await messageOf(text);
  if (typeof message === 'string') expect(said).toBe(message);
  else expect(said).toMatch(message);
});

it.each([
  ['in a target', 'select (select pg_sleep(1))'],
  ['in a join', 'select * from invoices a join invoices b on pg_sleep(1) is null'],
  ['in WHERE', 'select 1 where pg_sleep(1) is null'],
  ['in ORDER BY', 'select 1 order by pg_sleep(1)'],
  ['in GROUP BY', 'select 1 group by pg_sleep(1)'],
  ['in HAVING', 'select 1 having pg_sleep(1) is null'],
  ['in LIMIT', 'select 1 limit (select 1 from pg_sleep(1))'],
  ['in OFFSET', 'select 1 offset length(pg_sleep(1)::text)'],
  ['in DISTINCT ON', 'select distinct on (pg_sleep(1)) 1'],
  ['in FROM', 'select * from pg_sleep(1)'],
  ['in ROWS FROM', 'select * from rows from (pg_sleep(1), generate_series(1, 2))'],
  ['in a CTE', 'with a as (select pg_sleep(1)) select 1'],
  ['in the right of a union', 'select 1 union select 1 from pg_sleep(1)'],
  ['in the left of a union', '(select pg_sleep(1)) union select 1'],
  ['in VALUES', 'values (1), ((select 1 from pg_sleep(1)))'],
  ['in a CASE', 'select case when true then pg_sleep(1) end'],
  ['in an argument', 'select lower(pg_sleep(1)::text)'],
  ['in a named argument', 'select make_date(year => length(pg_sleep(1)::text))'],
  ['in a FILTER', 'select count(*) filter (where pg_sleep(1) is null)'],
  ['in WITHIN GROUP', 'select mode() within group (order by pg_sleep(1)::text)'],
  ['in a window', 'select count(*) over (order by pg_sleep(1))'],
  ['in WINDOW', 'select 1 window w as (partition by pg_sleep(1))'],
  ['in a frame', 'select sum(1) over (order by 1 rows (length(pg_sleep(1)::text)) preceding)'],
  ['in an array', 'select array[pg_sleep(1)]'],
  ['in a subscript', 'select (array[1])[length(pg_sleep(1)::text)]'],
  ['in a row', 'select row(pg_sleep(1))'],
  ['in TABLESAMPLE', 'select * from invoices tablesample system (length(pg_sleep(1)::text))'],
  ['in a type’s modifier', 'select 1::numeric(10, 2) from pg_sleep(1)'],
  ['in quotes', 'select "pg_sleep"(1)'],
  ['in Unicode escapes', 'select U&"pg\\005fsleep"(1)'],
  ['qualified', 'select pg_catalog.pg_sleep(1)'],
])('sees a function that is not allowed %s', async (_where, text) => {
  expect(await messageOf(text)).toMatch(/pg_sleep is not allowed/);
});

it('sees a table that is not allowed in a subquery of any depth', async () => {
  let text = 'select * from pg_authid';
  for (let depth = 0; depth < 100; depth += 1) text = `select * from (${text}) as t${depth}`;
  expect(await messageOf(text)).toMatch(/pg_authid is not allowed/);
});

it('lets functions and schemas of the author’s pass, and only as they are named', async () => {
  const allow = { functions: ['tax', 'billing.vat'], schemas: ['public', 'billing'] };
  expect(await refusalOf('select tax(1), billing.vat(1) from billing.bills', allow)).toBeUndefined();
  expect(await refusalOf('select vat(1)', allow)).toBeInstanceOf(QueryRefused);
  expect(await refusalOf('select billing.tax(1)', allow)).toBeInstanceOf(QueryRefused);
});

it('the written escapes are at least 200, each once', () => {
  expect(new Set(escapes).size).toBe(escapes.length);
  expect(escapes.length).toBeGreaterThanOrEqual(200);
});

it.each(escapes)('says no to %s, or lets the permissions say it', async (text) => {
  const refusal = await refusalOf(text);
  if (refusal === undefined)
    expect(
      harmlessToParse.some((each) => text.includes(each)),
      text,
    ).toBe(true);
});

/** What only the server knows: types, tables without a grant, and that a cursor is for a text that begins with the query. */
const harmlessToParse: readonly string[] = [
  'array_agg(i)',
  '; select * from invoices',
  'select * from sallyport_migrations',
  'select last_value from invoices_id_seq',
];

describe.skipIf(!postgresAnswers)('on a server', () => {
  const fixture = usePostgres();

  it('every allowed function is one of Postgres, and those that are volatile read time and chance only', async () => {
    const rows = await fixture.admin(
      `select proname, bool_or(provolatile = 'v') as volatile from pg_proc
       where pronamespace = 'pg_catalog'::regnamespace and proname = any($1) group by proname`,
      [[...allowedFunctions]],
    );
    const known = new Set(rows.map(({ proname }) => proname));
    // Grammar rather than functions, or of an extension, or of a later version.
    const others = [...allowedFunctions].filter((name) => !known.has(name));
    expect(others.sort()).toEqual(['any_value', 'coalesce', 'erf', 'greatest', 'least', 'nullif', 'unaccent'].sort());
    expect(rows.flatMap(({ proname, volatile }) => (volatile === true ? [proname] : [])).sort()).toEqual([
      'clock_timestamp',
      'gen_random_uuid',
      'random',
      'timeofday',
    ]);
  });
});
