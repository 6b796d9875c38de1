import { sqlIdentifier } from '../values/sql-identifier.js';
import { sqlLiteral } from '../values/sql-literal.js';
import { printedRules, tenantAs } from './tenant-rule.js';

/** What the login of handlers may do with a table, beyond reading it. */
export type TablePrivilege = 'insert' | 'update' | 'delete';

/** A table whose rows belong to tenants. */
export interface TenantTable {
  /** `orders`, or `billing.orders`. */
  readonly name: string;
  /** Default: none, the table is only read. */
  readonly allow?: readonly TablePrivilege[];
}

/**
 * The SQL that binds tables, with their partitions, to the tenant of the transaction: row-level security, forced for their owners
 * too, a policy that shows and takes only rows of `app.tenant` (no tenant set means no rows), and grants. Can be run again: what is
 * as it should be is left alone, because to alter a table waits for whoever reads it, and has everybody else wait as well.
 */
export function tenantTablesSql(
  tables: readonly TenantTable[],
  { tenantColumn, appRole, queryRole }: { tenantColumn: string; appRole: string; queryRole: string },
): string {
  const [app, query] = [sqlIdentifier(appRole), sqlIdentifier(queryRole)];
  const column = sqlLiteral(tenantColumn);
  const rules = printedRules(tenantColumn).map(sqlLiteral);
  const asked = tables.map(({ name, allow = [] }) => {
    const table = name.split('.').map(sqlIdentifier).join('.');
    const rights = ['SELECT', ...allow.map((privilege) => privilege.toUpperCase())].join(', ');
    return `(${sqlLiteral(table)}::regclass, ${sqlLiteral(rights)})`;
  });
  const printed = (rule: string): string => `regexp_replace(pg_get_expr(${rule}, p.polrelid), '\\s+', ' ', 'g')`;
  return `DO $sallyport$
DECLARE
  asked record;
  held record;
  bound record;
  tenant text;
  rule text;
BEGIN
  -- Each table, and what handlers may do with it.
  FOR asked IN SELECT * FROM (VALUES
    ${asked.join(',\n    ')}
  ) AS t (name, rights) LOOP
    SELECT a.atttypid::regtype AS type, t.typcategory AS category, a.attnotnull AS required,
      coalesce(pg_get_expr(d.adbin, d.adrelid), '') LIKE '%app.tenant%' AS filled
    INTO held FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = asked.name AND a.attname = ${column} AND NOT a.attisdropped;
    IF held IS NULL THEN
      RAISE EXCEPTION 'the table % has no column %: name the column of tenants', asked.name, quote_ident(${column});
    END IF;
    tenant := CASE
      WHEN held.category = 'S' THEN $value$${tenantAs('text')}$value$
      WHEN held.type = 'uuid'::regtype THEN $value$${tenantAs('uuid')}$value$
      WHEN held.type IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype) THEN $value$${tenantAs('bigint')}$value$
    END;
    IF tenant IS NULL THEN
      RAISE EXCEPTION 'the column % of % is a %: a tenant is text, uuid or an integer', quote_ident(${column}), asked.name, held.type;
    END IF;
    rule := format('%I = %s', ${column}, tenant);
    IF NOT held.filled THEN EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', asked.name, ${column}, tenant); END IF;
    IF NOT held.required THEN EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', asked.name, ${column}); END IF;
    -- A partition is reached through its table only.
    FOR bound IN
      WITH RECURSIVE tree (relation) AS (
        SELECT asked.name::oid UNION SELECT i.inhrelid FROM pg_inherits i JOIN tree ON tree.relation = i.inhparent
      )
      SELECT c.oid::regclass AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced, EXISTS (
        SELECT FROM pg_policy p
        WHERE p.polrelid = c.oid AND p.polname = 'tenant' AND p.polpermissive AND p.polcmd = '*' AND p.polroles = '{0}'
        AND ${printed('p.polqual')} IN (${rules})
        AND ${printed('p.polwithcheck')} IN (${rules})
      ) AS ruled
      FROM tree JOIN pg_class c ON c.oid = tree.relation AND c.relkind IN ('r', 'p')
    LOOP
      IF NOT bound.forced THEN
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', bound.name);
      END IF;
      IF NOT bound.ruled THEN
        EXECUTE format('DROP POLICY IF EXISTS tenant ON %s', bound.name);
        EXECUTE format('CREATE POLICY tenant ON %s USING (%s) WITH CHECK (%s)', bound.name, rule, rule);
      END IF;
      EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, ${app}, ${query}', bound.name);
    END LOOP;
    EXECUTE format('GRANT %s ON %s TO ${app}', asked.rights, asked.name);
    EXECUTE format('GRANT SELECT ON %s TO ${query}', asked.name);
  END LOOP;
END $sallyport$;
`;
}

/** Reads `orders`, `orders:update` or `billing.orders:insert+update`. Throws a `TypeError` for anything else. */
export function parseTenantTable(text: string): TenantTable {
  const [, name = '', allow = ''] = /^([^\s:]+)(?::([a-z+]+))?$/.exec(text) ?? [];
  const asked = allow === '' ? [] : allow.split('+');
  if (name === '' || !asked.every(isPrivilege)) {
    throw new TypeError(`"${text}" is not a table: write orders, or orders:insert+update+delete`);
  }
  return { name, allow: asked };
}

function isPrivilege(text: string): text is TablePrivilege {
  return text === 'insert' || text === 'update' || text === 'delete';
}
