import type { Tags } from './scope.js';

const maxValueLength = 128;

/**
 * Tags as a comment to append to a statement, in the format of sqlcommenter (google.github.io/sqlcommenter/spec): keys sorted,
 * values percent-encoded, so that nothing in them can end the comment. Empty when there is nothing to say.
 */
export function sqlComment(tags: Tags): string {
  const pairs = Object.entries(tags)
    .filter((pair): pair is [string, string] => typeof pair[1] === 'string' && pair[1] !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}='${encoded(value.slice(0, maxValueLength))}'`);
  return pairs.length === 0 ? '' : ` /*${pairs.join(',')}*/`;
}

/** What encodeURIComponent leaves of the characters that end a string or a comment, or are half a surrogate pair. */
function encoded(value: string): string {
  return encodeURIComponent(value.replaceAll(/\p{Surrogate}/gu, '\ufffd')).replaceAll(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16)}`,
  );
}
