import { hasSqlDetails, parse } from 'libpg-query';
import { QueryRefused } from '../database-error.js';
import { allowedFunctions } from './allowed-functions.js';
import { allowedNodes, nodeInWords } from './allowed-nodes.js';
import { adviceFor } from './refusal-advice.js';

/** What a query may name beyond what every query may. */
export interface SqlAllowance {
  /** Functions of yours, as they are called: `tax`, `billing.tax`. They must not change anything. */
  readonly functions?: readonly string[];
  /** Schemas whose tables may be read. Default `public`. */
  readonly schemas?: readonly string[];
}

/** Tables of the catalog that may be read: the standard's, which show what the login may see. */
const allowedCatalogs: ReadonlySet<string> = new Set(['information_schema.tables', 'information_schema.columns']);
const samplingMethods: ReadonlySet<string> = new Set(['system', 'bernoulli']);
/** Types whose operators no timeout stops. */
const slowTypes: ReadonlySet<string> = new Set(['polygon', 'path']);
/** As long as the query may be; it bounds how deep the parser nests. */
const maxLength = 10_000;
/** Levels of the tree; a level of nesting in SQL is up to six of them. */
const maxDepth = 1_000;

type Node = Readonly<Record<string, unknown>>;

/**
 * Throws a `QueryRefused`, in words that its author can act on, unless the text is one SELECT made of known parts, functions
 * and tables. It is parsed by Postgres's own grammar and walked whole. This is for good answers: what keeps tenants apart are
 * the permissions of the login that runs the query.
 *
 * @example
 * ```ts
 * import { assertReadOnlySelect } from '@sallyport/postgres/read-only-sql';
 *
 * await assertReadOnlySelect('select count(*) from invoices');
 * ```
 */
export async function assertReadOnlySelect(text: string, allowance: SqlAllowance = {}): Promise<void> {
  if (text.length > maxLength)
    throw new QueryRefused(`The query is longer than ${maxLength} characters. Ask for less at once.`);
  if (text.includes('\0')) throw new QueryRefused('The query holds a zero byte.');
  if (text.trim() === '') throw empty();
  const statements = await statementsOf(text);
  const [statement] = statements;
  if (statement === undefined) throw empty();
  if (statements.length > 1) {
    throw new QueryRefused(
      `Only one SELECT can be run; these are ${statements.length} statements. Send them one by one.`,
    );
  }
  const [kind = ''] = Object.keys(statement);
  if (kind !== 'SelectStmt') {
    throw new QueryRefused(
      `Only one SELECT can be run, and this is ${nodeInWords(kind)}. Nothing can be changed here.`,
    );
  }
  new Walk(allowance).visit(statement);
}

async function statementsOf(text: string): Promise<Node[]> {
  try {
    const { stmts = [] } = await parse(text);
    return stmts.map(({ stmt = {} }) => stmt as Node);
  } catch (error) {
    if (hasSqlDetails(error))
      throw new QueryRefused(`${error.message}${placeOf(text, error.sqlDetails?.cursorPosition)}.`);
    // A tree that is too deep for the stack.
    throw tooDeep(error);
  }
}

function placeOf(text: string, position = -1): string {
  if (position < 0) return '';
  const before = text.slice(0, position).split('\n');
  return ` (line ${before.length}, column ${(before.at(-1) ?? '').length + 1})`;
}

/** One walk over a tree. */
class Walk {
  readonly #functions: ReadonlySet<string>;
  readonly #schemas: ReadonlySet<string>;
  /** Keyed by the kind of node; what is not here has nothing to check but its kind. */
  readonly #checks: Readonly<Record<string, (node: Node) => void>> = {
    SelectStmt: (node) => this.#select(node),
    FuncCall: (node) => this.#call(node),
    RangeVar: (node) => this.#table(node),
    TypeName: (node) => this.#type(node),
    RangeTableSample: ({ method }) => {
      const name = namesIn(method).at(-1) ?? '';
      if (!samplingMethods.has(name)) throw refused(`TABLESAMPLE ${name}`, 'Use system or bernoulli.');
    },
  };

  constructor({ functions = [], schemas = ['public'] }: SqlAllowance) {
    this.#functions = new Set(functions);
    this.#schemas = new Set(schemas);
  }

  /** A value of the tree: a node wrapped in its kind, a list of such, or a bare field. */
  visit(value: unknown, depth = 0): void {
    if (depth > maxDepth) throw tooDeep();
    if (Array.isArray(value)) {
      for (const item of value) this.visit(item, depth + 1);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      const isNode = /^[A-Z]/.test(key);
      if (isNode && !allowedNodes.has(key)) throw refused(nodeInWords(key), 'Use a plain SELECT.');
      const kind = isNode ? key : fieldKinds[key];
      if (kind !== undefined) this.#checks[kind]?.(child as Node);
      this.visit(child, depth + 1);
    }
  }

  #select({ intoClause, lockingClause }: Node): void {
    if (intoClause !== undefined) throw refused('SELECT INTO', 'Nothing can be changed here.');
    if (lockingClause !== undefined) throw refused('FOR UPDATE and the like', 'Leave it out: queries lock nothing.');
  }

  #call({ funcname }: Node): void {
    const names = namesIn(funcname);
    const name = names.at(-1) ?? '';
    const schema = names.slice(0, -1).join('.');
    if (this.#functions.has(names.join('.'))) return;
    if ((schema === '' || schema === 'pg_catalog') && allowedFunctions.has(name)) return;
    throw refused(`The function ${names.join('.')}`, adviceFor(name, [...allowedFunctions, ...this.#functions]));
  }

  #table({ catalogname, schemaname, relname }: Node): void {
    const name = String(relname);
    const schema = schemaname === undefined ? undefined : String(schemaname);
    const full = schema === undefined ? name : `${schema}.${name}`;
    const known =
      schema === undefined ? !name.startsWith('pg_') : this.#schemas.has(schema) || allowedCatalogs.has(full);
    if (catalogname === undefined && known) return;
    const advice = 'Read the tables that list_tables or information_schema.tables names.';
    throw refused(`The table ${full}`, advice);
  }

  #type({ names }: Node): void {
    const name = namesIn(names).at(-1) ?? '';
    if (slowTypes.has(name.replace(/^_/, ''))) throw refused(`The type ${name}`, 'Use point, box, circle or numbers.');
    if (/^_?reg/.test(name)) throw refused(`The type ${name}`, 'Names of the catalog cannot be looked up here.');
  }
}

/** Fields that hold a node of one kind without saying so. */
const fieldKinds: Readonly<Record<string, string>> = {
  larg: 'SelectStmt',
  rarg: 'SelectStmt',
  typeName: 'TypeName',
};

function empty(): QueryRefused {
  return new QueryRefused('The query is empty. Send one SELECT.');
}

function tooDeep(cause?: unknown): QueryRefused {
  return new QueryRefused('The query is nested too deeply. Write it with fewer brackets or subqueries.', { cause });
}

function refused(what: string, advice: string): QueryRefused {
  return new QueryRefused(`${what} is not allowed in a query. ${advice}`);
}

/** The parts of a qualified name. */
function namesIn(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.map((item) => String((item as { String?: { sval?: unknown } }).String?.sval ?? ''));
}
