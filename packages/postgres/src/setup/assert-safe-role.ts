import { DatabaseError } from '../database-error.js';
import type { Session } from '../session.js';
import { sqlLiteral } from '../values/sql-literal.js';
import { frameworkProblems } from './framework-problems.js';
import { loginRules, meantOtherwise, superuser } from './login-rules.js';
import { rowRules } from './row-rules.js';
import type { SafetyRule, SafetyRules } from './safety-rule.js';

/**
 * Refuses to go on when the session's role could step around row-level security: when it is, or may become, a role with
 * powers, or the owner of a table; when a table that holds the tenant column, is named, or may be reached by it lacks `FORCE
 * ROW LEVEL SECURITY` or has a permissive policy other than set-up's; when it may use a view or call a function that runs with
 * its owner's rights; and when it may read the audit trail, or change it. The login of handlers must also be able to add to
 * it, and to call the framework's functions, in the version that this package needs; the one of the SQL of agents must be unable to write and to call what
 * `dangerousFunctions` names. The error says which role or table it is, and the statement that fixes it; of a login that is
 * meant for something else, only that.
 */
export async function assertSafeRole(session: Session, rules: SafetyRules): Promise<void> {
  // Of these, everything else would be said as well.
  for (const mistaken of [meantOtherwise(rules), superuser]) refuse(await problemsOf(session, mistaken, rules));
  const problems: string[] = [];
  for (const rule of [...rowRules(rules), missing(rules), ...loginRules(rules)])
    problems.push(...(await problemsOf(session, rule, rules)));
  if (rules.login === 'app') problems.push(...(await frameworkProblems(session, rules)));
  refuse(problems);
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new DatabaseError('unsafe', problems.join('\n'));
}

async function problemsOf(
  session: Session,
  { question, describe, exemptible = false }: SafetyRule,
  { exempt }: SafetyRules,
): Promise<string[]> {
  const { rows } = await session.statement(question);
  return rows
    .map((row) => row.map((value) => value ?? ''))
    .filter(([name = '']) => !exemptible || !exempt.includes(name))
    .map((row) => `${describe(row)}${exemptible ? `, or put ${JSON.stringify(row[0])} in exempt` : ''}`);
}

const missing = ({ tables, setUpWith }: SafetyRules): SafetyRule => ({
  question: `
    select name from unnest(array[${tables.map(sqlLiteral)}]::text[]) as name where pg_catalog.to_regclass(name) is null`,
  describe: ([what]) => `${what} is missing: run "${setUpWith}"`,
});
