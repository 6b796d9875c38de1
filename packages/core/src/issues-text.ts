import type { StandardIssue } from './standard-schema.js';

const shownIssues = 5;
const shownLength = 300;

/** What is wrong and where, for the caller, bounded: `page.size: expected number; and 3 more`. `whole` names what has no path. */
export function issuesText(issues: readonly StandardIssue[], whole: string): string {
  const lines = issues.slice(0, shownIssues).map(({ path = [], message }) => {
    const at = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
    return `${at === '' ? whole : at}: ${message}`.slice(0, shownLength);
  });
  const more = issues.length > shownIssues ? `; and ${issues.length - shownIssues} more` : '';
  return `${lines.join('; ')}${more}`;
}
