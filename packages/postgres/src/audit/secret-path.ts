import { every, namesBelow, type Schema, schemasBelow } from './schema-below.js';

/** How deep, and how many paths of a schema are looked at for the one that was meant. */
const maxDepth = 6;
const maxPaths = 500;

/**
 * What of the paths is left at `name`: `*` stands for any name. Empty: the path ends there. The names of properties may have
 * dots of their own.
 */
export function restsAt(paths: readonly string[], name: string): readonly string[] {
  const heads = name === every ? [every] : [name, every];
  return paths.flatMap((path) =>
    heads.flatMap((head) => (path === head ? [''] : path.startsWith(`${head}.`) ? [path.slice(head.length + 1)] : [])),
  );
}

/** Whether arguments of this schema can have something at the path. */
export function leadsSomewhere(root: Schema, path: string, schema: Schema = root): boolean {
  const [first = ''] = path.split('.', 1);
  const dotted = namesBelow(root, schema).filter((name) => name.includes('.') && `${path}.`.startsWith(`${name}.`));
  return [first, ...dotted].some((head) => {
    const rest = path.slice(head.length + 1);
    return schemasBelow(root, schema, head).some((next) => rest === '' || leadsSomewhere(root, rest, next));
  });
}

/** The paths that a schema lists itself, shorter ones first. */
export function listedPaths(root: Schema): readonly string[] {
  const found: string[] = [];
  let level: readonly (readonly [path: string, schema: Schema])[] = [['', root]];
  for (let depth = 0; depth < maxDepth && found.length < maxPaths; depth += 1) {
    level = level
      .slice(0, maxPaths)
      .flatMap(([path, schema]) =>
        namesBelow(root, schema).flatMap((name) =>
          schemasBelow(root, schema, name).map((next) => [path === '' ? name : `${path}.${name}`, next] as const),
        ),
      );
    found.push(...level.map(([path]) => path));
  }
  return [...new Set(found)].slice(0, maxPaths);
}
