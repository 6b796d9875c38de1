import { sqlIdentifier } from '../values/sql-identifier.js';
import { sqlLiteral } from '../values/sql-literal.js';
import { dangerousFunctions, slowFunctions } from './dangerous-functions.js';

/** The logins, by what they are for. */
export interface Roles {
  readonly appRole: string;
  readonly queryRole: string;
  readonly auditRole: string;
}

/**
 * What the logins may do in this database: connect, use the schemas, call the framework's functions, and none of what
 * {@link dangerousFunctions} names, which everybody may call by default, and now nobody but a superuser. A role of yours that
 * needs one, pg_dump's for set_config among them, needs a GRANT after each set-up. Can be run again.
 */
export function privilegesSql({ appRole, queryRole, auditRole }: Roles): string {
  const [app, query, audit] = [sqlIdentifier(appRole), sqlIdentifier(queryRole), sqlIdentifier(auditRole)];
  return `REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO ${app}, ${query};
REVOKE ALL ON SCHEMA sallyport FROM PUBLIC, ${app}, ${query}, ${audit};
REVOKE ALL ON ALL TABLES IN SCHEMA sallyport FROM PUBLIC, ${app}, ${query}, ${audit};
REVOKE ALL ON ALL ROUTINES IN SCHEMA sallyport FROM PUBLIC, ${app}, ${query}, ${audit};
GRANT USAGE ON SCHEMA sallyport TO ${app}, ${audit};
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA sallyport TO ${app};
GRANT INSERT (tenant, entry) ON sallyport.audit_entries TO ${app};
GRANT SELECT ON sallyport.migrations TO ${app};
GRANT SELECT ON sallyport.audit_entries, sallyport.audit_waiting, sallyport.audit_chain, sallyport.audit_checkpoints,
  sallyport.usage TO ${audit};
GRANT DELETE ON sallyport.audit_waiting TO ${audit};
GRANT INSERT ON sallyport.audit_chain, sallyport.audit_checkpoints TO ${audit};

DO $$
DECLARE
  call regprocedure;
BEGIN
  EXECUTE format('REVOKE CREATE, TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO ${app}, ${query}, ${audit}', current_database());
  FOR call IN SELECT p.oid FROM pg_catalog.pg_proc p
    WHERE p.proname ~ '${dangerousFunctions}'
  LOOP
    EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC, ${app}, ${query}, ${audit}', call);
  END LOOP;
END $$;

-- Functions that no timeout stops, for everybody but the login of agents' SQL. A role made later needs a GRANT, or this again.
DO $$
DECLARE
  call regprocedure;
  other name;
BEGIN
  FOR call IN SELECT p.oid FROM pg_catalog.pg_proc p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname ~ '${slowFunctions}'
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC, ${query}', call);
    FOR other IN SELECT rolname FROM pg_catalog.pg_roles
      WHERE rolname !~ '^pg_' AND NOT rolsuper AND rolname <> ${sqlLiteral(queryRole)}
    LOOP
      EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', call, other);
    END LOOP;
  END LOOP;
END $$;

-- Operators read pg_stat_activity.
GRANT EXECUTE ON FUNCTION pg_catalog.pg_stat_get_activity(integer), pg_catalog.pg_stat_get_backend_activity(integer)
  TO pg_read_all_stats;
`;
}
