/** A JSON Schema, or a part of one. `true` accepts anything. */
export type Schema = unknown;

type Node = Readonly<Record<string, unknown>>;

/** What a schema says of one name below it. */
interface Below {
  readonly found: readonly Schema[];
  /** It says nothing of what is below, and lets an object or an array be there. */
  readonly isOpen: boolean;
}

const nothing: Below = { found: [], isOpen: false };

/** Stands for every name and every index. */
export const every = '*';

/**
 * The schemas that a value at `name` below a value of this schema may have: of a property, of an element of an array, or with
 * `*` of all of them. Looks through references within `root` and through the branches of unions. Empty: nothing of that name is
 * declared. An object whose properties are listed has no others, unless `additionalProperties` says so.
 */
export function schemasBelow(root: Schema, schema: Schema, name: string): readonly Schema[] {
  const { found, isOpen } = below(root, schema, name, new Set());
  return isOpen ? [...found, true] : found.filter((each) => each !== false);
}

/** The names of properties that a schema lists itself, in any branch; `*` for others and for the elements of arrays. */
export function namesBelow(root: Schema, schema: Schema, seen: ReadonlySet<Schema> = new Set()): readonly string[] {
  if (!isNode(schema) || seen.has(schema)) return [];
  const others = [...elements, 'additionalProperties', 'patternProperties'].some((keyword) => isNode(schema[keyword]));
  const { all, any } = partsOf(root, schema);
  const further = [...all, ...any].flatMap((part) => namesBelow(root, part, new Set([...seen, schema])));
  const own = isNode(schema.properties) ? Object.keys(schema.properties) : [];
  return [...new Set([...own, ...(others ? [every] : []), ...further])];
}

/**
 * Whether a schema lists what is at this place, and not this name: it is allowed beside what has names. Of a record no name is listed.
 */
export function isUnnamed(root: Schema, schemas: readonly Schema[], name: string): boolean {
  const nodes = schemas.flatMap((schema) => nodesAt(root, schema));
  const lists = ({ properties }: Node) => isNode(properties) && Object.keys(properties).length > 0;
  const names = ({ properties, patternProperties }: Node) =>
    (isNode(properties) && Object.hasOwn(properties, name)) ||
    (isNode(patternProperties) && Object.keys(patternProperties).some((pattern) => matches(pattern, name)));
  return nodes.some(lists) && !nodes.some(names);
}

/** The schema with all that hold, or may hold, at the same place. */
function nodesAt(root: Schema, schema: Schema, seen: ReadonlySet<Schema> = new Set()): readonly Node[] {
  if (!isNode(schema) || seen.has(schema)) return [];
  const { all, any } = partsOf(root, schema);
  return [schema, ...[...all, ...any].flatMap((part) => nodesAt(root, part, new Set([...seen, schema])))];
}

const elements = ['items', 'prefixItems', 'additionalItems', 'contains', 'unevaluatedItems'];
const members = ['properties', 'patternProperties', 'additionalProperties', 'unevaluatedProperties'];

function below(root: Schema, schema: Schema, name: string, seen: ReadonlySet<Schema>): Below {
  if (schema === true) return { found: [], isOpen: true };
  if (!isNode(schema) || seen.has(schema)) return nothing;
  const further = new Set([...seen, schema]);
  const parts = partsOf(root, schema);
  const all = parts.all.map((part) => below(root, part, name, further));
  const any = parts.any.map((part) => below(root, part, name, further));
  return {
    found: [...memberOf(schema, name), ...elementOf(schema, name), ...[...all, ...any].flatMap(({ found }) => found)],
    isOpen:
      !isShaped(schema) && all.every(({ isOpen }) => isOpen) && (any.length === 0 || any.some(({ isOpen }) => isOpen)),
  };
}

/** The schemas that hold at the same place as this one, and those of which one does. */
function partsOf(root: Schema, node: Node): { readonly all: readonly Schema[]; readonly any: readonly Schema[] } {
  const { $ref, $dynamicRef, allOf = [], anyOf = [], oneOf = [], dependentSchemas = {} } = node;
  const referred = [$ref, $dynamicRef].filter((reference) => reference !== undefined);
  const conditional = [node.if, node.then, node.else].filter((part) => part !== undefined);
  return {
    all: [
      ...referred.map((reference) => atPointer(root, reference)),
      ...conditional,
      ...Object.values(allOf as Node),
      ...Object.values(dependentSchemas as Node),
    ],
    any: [...Object.values(anyOf as Node), ...Object.values(oneOf as Node)],
  };
}

/** Whether it says what may be below, be it nothing. */
function isShaped(node: Node): boolean {
  if ([...elements, ...members, 'const', 'enum'].some((keyword) => keyword in node)) return true;
  const types = [node.type].flat();
  return node.type !== undefined && !types.includes('object') && !types.includes('array');
}

function memberOf(node: Node, name: string): Schema[] {
  const { properties, patternProperties, additionalProperties, unevaluatedProperties } = node;
  const listed = isNode(properties) ? properties : {};
  const patterns = isNode(patternProperties) ? Object.entries(patternProperties) : [];
  const others = [additionalProperties, unevaluatedProperties].filter(
    (other) => other !== undefined && other !== false,
  );
  if (name === every) return [...Object.values(listed), ...patterns.map(([, schema]) => schema), ...others];
  const own = [
    ...(Object.hasOwn(listed, name) ? [listed[name]] : []),
    ...patterns.filter(([pattern]) => matches(pattern, name)).map(([, schema]) => schema),
  ];
  const { propertyNames } = node;
  const isNamed = !isNode(propertyNames) || !Array.isArray(propertyNames.enum) || propertyNames.enum.includes(name);
  if (own.length > 0) return own;
  return isNamed ? others : [];
}

function elementOf(node: Node, name: string): Schema[] {
  if (name !== every && !/^\d+$/.test(name)) return [];
  const [first, rest] = Array.isArray(node.items) ? [node.items, node.additionalItems] : [node.prefixItems, node.items];
  const tuple = Array.isArray(first) ? (first as Schema[]) : [];
  const others = [rest, node.contains, node.unevaluatedItems].filter((other) => other !== undefined && other !== false);
  if (name === every) return [...tuple, ...others];
  return Number(name) < tuple.length ? [tuple[Number(name)]] : others;
}

/** A pattern that is none matches nothing, so that what it stands for counts as undeclared. */
function matches(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(name);
  } catch {
    return false;
  }
}

/** What a local reference points to (RFC 6901); `false`, which is nothing, when that is not there. */
function atPointer(root: Schema, reference: unknown): Schema {
  if (typeof reference !== 'string' || !/^#(\/|$)/.test(reference)) return false;
  let at: unknown = root;
  for (const token of reference.split('/').slice(1)) {
    const name = decoded(token).replaceAll('~1', '/').replaceAll('~0', '~');
    at = typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? (at as Node)[name] : false;
  }
  return at;
}

function decoded(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}

function isNode(schema: Schema): schema is Node {
  return typeof schema === 'object' && schema !== null && !Array.isArray(schema);
}
