import { DatabaseError } from '../database-error.js';

/** Statements that would begin or end the transaction they run in. A savepoint is neither. */
const control = /^(begin|start|commit|end|abort|prepare\s+transaction|rollback(?!\s+(work\s+|transaction\s+)?to\b))\b/i;

/** Statements that would make a transaction that only reads one that writes, or change how the next ones begin. */
const mode =
  /^(set\s+((local|session)\s+)?(transaction\b|(session\s+)?characteristics\b|"?(default_)?transaction_)|reset\s+(all\b|"?(default_)?transaction_))/i;

/**
 * Statements that would make the session another login's, which the embedded database would let them: its connection is
 * a superuser's.
 */
const identity = /^(set\s+((local|session)\s+)?|reset\s+)(session\s+authorization\b|"?session_authorization\b)/i;

/**
 * Throws for a statement that would let the transaction it runs in write where it only reads, or that would end it:
 * what came after it would be bound to no tenant, and an effect would be saved without its result; and for one that
 * would make the session another login's. It guards against mistakes of the author's (an ORM's `transaction()`); the
 * SQL of agents never comes here. One statement is all that the extended protocol takes, so its first words decide.
 */
export function assertNoTransactionControl(text: string): void {
  const statement = withoutLead(text);
  if (mode.test(statement)) {
    const message = 'How a transaction is run is not for a handler: a tool that reads has one that only reads.';
    throw new DatabaseError('statement', message, { sqlState: '25001' });
  }
  if (identity.test(statement)) {
    const message = 'Whose login a session is, is not for a handler: it is that of handlers.';
    throw new DatabaseError('statement', message, { sqlState: '42501' });
  }
  const [found] = control.exec(statement) ?? [];
  if (found === undefined) return;
  const message = `${found.toUpperCase()} is not for a handler: the transaction of the call is ended by the framework. Use a savepoint.`;
  throw new DatabaseError('statement', message, { sqlState: '25001' });
}

/** The text from its first word on: without white space, empty statements and comments, which nest. */
function withoutLead(text: string): string {
  let at = 0;
  for (;;) {
    const [blank = ''] = /^(\s|;|--[^\n\r]*)*/.exec(text.slice(at)) ?? [];
    at += blank.length;
    if (!text.startsWith('/*', at)) return text.slice(at);
    let depth = 0;
    do {
      if (text.startsWith('/*', at)) depth += 1;
      else if (text.startsWith('*/', at)) depth -= 1;
      else {
        at += 1;
        continue;
      }
      at += 2;
    } while (depth > 0 && at < text.length);
  }
}
