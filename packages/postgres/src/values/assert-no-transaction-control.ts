import { DatabaseError } from '../database-error.js';
import { leadingWords } from './leading-words.js';

/** Statements that would begin or end the transaction they run in. A savepoint is neither. */
const control =
  /^(begin|start|commit|end|abort|prepare transaction|rollback(?! (?:work |transaction )?to( |$)))(?= |$)/;

/**
 * Statements that would make a transaction that only reads one that writes, or change how the next ones begin. A name with
 * escapes of Unicode is not read, and taken for such.
 */
const mode =
  /^(set (?:(?:local|session) )?(?:transaction(?: |$)|(?:session )?characteristics |"?(?:default_)?transaction_|u&")|reset (?:all$|"?(?:default_)?transaction_|u&"))/;

/**
 * Statements that would make the session another login's, which the embedded database would let them: its connection is a
 * superuser's.
 */
const identity =
  /^(?:set (?:(?:local|session) )?|reset )(?:session authorization(?: |$)|"?session_authorization(?:"| |$))/;

/**
 * Statements that leave something on the connection for whoever has it next, which may be another tenant: a setting or a role that
 * is not LOCAL, a prepared statement, a cursor WITH HOLD, which keeps rows, and LISTEN.
 */
const leaves =
  /^(?:set (?!(?:local|transaction|constraints)(?: |$))|prepare |listen |declare (?:\S+ )+cursor with hold(?: |$))/;

/**
 * Throws for a statement that would let the transaction it runs in write where it only reads, or that would end it: what came
 * after it would be bound to no tenant, and an effect would be saved without its result; for one that would make the session
 * another login's; and for one that would outlive the transaction. It guards against mistakes of the author's (an ORM's `transaction()`); the SQL of agents never comes
 * here. One statement is all that the extended protocol takes, so its first words decide.
 */
export function assertNoTransactionControl(text: string): void {
  const { words, rest } = leadingWords(text);
  if (mode.test(words)) {
    const message = 'How a transaction is run is not for a handler: a tool that reads has one that only reads.';
    throw new DatabaseError('statement', message, { sqlState: '25001' });
  }
  if (identity.test(words)) {
    const message = 'Whose login a session is, is not for a handler: it is that of handlers.';
    throw new DatabaseError('statement', message, { sqlState: '42501' });
  }
  const [found] = control.exec(words) ?? [];
  if (found === undefined) {
    assertLeavesNothing(`${words} ${leadingWords(rest).words}`);
    return;
  }
  const message = `${found.toUpperCase()} is not for a handler: the transaction of the call is ended by the framework. Use a savepoint.`;
  throw new DatabaseError('statement', message, { sqlState: '25001' });
}

function assertLeavesNothing(words: string): void {
  if (!leaves.test(words)) return;
  const message =
    'It would stay on the connection after the call, for whoever has that next. SET LOCAL ends with the transaction.';
  throw new DatabaseError('statement', message, { sqlState: '25001' });
}
