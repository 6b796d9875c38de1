import { DatabaseError } from './database-error.js';
import { leadingWords } from './values/leading-words.js';

/** What is sent in place of the beginning, or of the end, of a query builder's own transaction. */
export interface Nested {
  readonly opens: boolean;
  readonly text: string;
}

const savepoint = 'sallyport_orm';
const begin: Nested = { opens: true, text: `SAVEPOINT ${savepoint}` };
const ends: readonly (readonly [words: RegExp, nested: Nested])[] = [
  [/^commit(?: work| transaction)?$/, { opens: false, text: `RELEASE SAVEPOINT ${savepoint}` }],
  [/^rollback(?: work| transaction)?$/, { opens: false, text: `ROLLBACK TO SAVEPOINT ${savepoint}` }],
];

const begins = /^(?:begin(?: work| transaction)?|start transaction)(?= |,|$)/;
const mode =
  /,? (isolation level (?:serializable|repeatable read|read committed|read uncommitted)|read (?:only|write)|(?:not )?deferrable)/y;

/**
 * The savepoint that stands for a query builder's own transaction inside the one the call has, when this statement begins or
 * ends one; otherwise `undefined`, also where more than that stands in it. Throws a `DatabaseError` for a transaction that
 * is to be run as the call's is not: nothing would come of what its author relies on.
 */
export function nestedTransaction(statement: string, readOnly: boolean): Nested | undefined {
  const { words, rest } = wholeOf(statement);
  // With a second statement behind it, it is refused like any other: a savepoint in its place would drop what follows.
  if (!/^;?\s*$/.test(rest)) return undefined;
  const [opening] = begins.exec(words) ?? [];
  if (opening === undefined) return ends.find(([end]) => end.test(words))?.[1];
  const demands = demandsIn(words, opening.length);
  if (demands === undefined) return undefined;
  const [unmet] = demands.filter((demand) => !isMet(demand, readOnly));
  if (unmet === undefined) return begin;
  const own = `READ COMMITTED and ${readOnly ? 'READ ONLY' : 'READ WRITE'}`;
  const message = `${unmet.toUpperCase()}: a transaction inside the call's is run as that is, which is ${own}. Begin it without this.`;
  throw new DatabaseError('statement', message, { sqlState: '25001' });
}

/** What a beginning asks for, behind its first words. `undefined` when it is no beginning as Postgres knows it. */
function demandsIn(words: string, from: number): string[] | undefined {
  const demands: string[] = [];
  for (let at = from; at < words.length; at = mode.lastIndex) {
    mode.lastIndex = at;
    const [, demand] = mode.exec(words) ?? [];
    if (demand === undefined) return undefined;
    demands.push(demand);
  }
  return demands;
}

/** READ UNCOMMITTED is READ COMMITTED in Postgres. */
function isMet(demand: string, readOnly: boolean): boolean {
  if (demand === 'read only') return readOnly;
  if (demand === 'read write') return !readOnly;
  return ['not deferrable', 'isolation level read committed', 'isolation level read uncommitted'].includes(demand);
}

/** The words of a statement up to what is neither a word nor a comma between words. */
function wholeOf(statement: string): { readonly words: string; readonly rest: string } {
  let { words, rest } = leadingWords(statement);
  while (begins.test(words) && /^[,a-z]/i.test(rest)) {
    const comma = rest.startsWith(',') ? ',' : '';
    const more = leadingWords(rest.slice(comma.length));
    words += `${comma} ${more.words}`;
    rest = more.rest;
  }
  return { words, rest };
}
