import { sqlIdentifier } from '../values/sql-identifier.js';
import { dangerousFunctions } from './dangerous-functions.js';

/**
 * What the two logins may do in this database: connect, use the schemas, call the framework's functions, and none of what
 * {@link dangerousFunctions} names, which everybody may call by default, and now nobody but a superuser. A role of yours that
 * needs one, pg_dump's for set_config among them, needs a GRANT after each set-up. Can be run again.
 */
export function privilegesSql({ appRole, queryRole }: { appRole: string; queryRole: string }): string {
  const [app, query] = [sqlIdentifier(appRole), sqlIdentifier(queryRole)];
  return `REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO ${app}, ${query};
REVOKE ALL ON SCHEMA sallyport FROM PUBLIC, ${app}, ${query};
REVOKE ALL ON ALL TABLES IN SCHEMA sallyport FROM PUBLIC, ${app}, ${query};
REVOKE ALL ON ALL ROUTINES IN SCHEMA sallyport FROM PUBLIC, ${app}, ${query};
GRANT USAGE ON SCHEMA sallyport TO ${app};
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA sallyport TO ${app};

DO $$
DECLARE
  call regprocedure;
BEGIN
  EXECUTE format('REVOKE CREATE, TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO ${app}, ${query}', current_database());
  FOR call IN SELECT p.oid FROM pg_catalog.pg_proc p
    WHERE p.proname ~ '${dangerousFunctions}'
  LOOP
    EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC, ${app}, ${query}', call);
  END LOOP;
END $$;

-- Operators read pg_stat_activity.
GRANT EXECUTE ON FUNCTION pg_catalog.pg_stat_get_activity(integer), pg_catalog.pg_stat_get_backend_activity(integer)
  TO pg_read_all_stats;
`;
}
