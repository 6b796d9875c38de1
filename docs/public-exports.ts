import { posix } from 'node:path';

/** Path from the root of the repository, with `/`, to text. */
type Files = ReadonlyMap<string, string>;

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string>>;
}

/** Something that a package offers, and what its declaration says of it. */
export interface PublicExport {
  /** `@sallyport/core/decorators`. */
  readonly entry: string;
  readonly name: string;
  /** Whether it is a function or a class. */
  readonly isCallable: boolean;
  /** The file that declares it. */
  readonly file: string;
  /** The text of its doc comment. */
  readonly comment: string | undefined;
}

const exported = /^export (type )?\{([^}]*)\} from '([^']+)';$/gm;
const declared =
  /^export (?:declare )?(?:abstract )?(async function\*?|function\*?|class|const|interface|type) (\w+)/gm;

/** What the entry points of the packages export. Throws for an export that it cannot follow to a declaration. */
export function publicExports(files: Files): PublicExport[] {
  return [...files].flatMap(([path, text]) => {
    const folder = /^(packages\/[^/]+)\/package\.json$/.exec(path)?.[1];
    if (folder === undefined) return [];
    const { name, exports } = JSON.parse(text) as Manifest;
    return Object.entries(exports).flatMap(([subpath, target]) => {
      const entry = posix.join(name, subpath);
      return exportsOf(files, posix.join(folder, target)).map((found) => ({ entry, ...found }));
    });
  });
}

function exportsOf(files: Files, path: string): Omit<PublicExport, 'entry'>[] {
  const text = files.get(path);
  if (text === undefined) throw new Error(`There is no ${path}.`);
  const passedOn = [...text.matchAll(exported)].flatMap(([, onlyTypes, names = '', specifier = '']) => {
    const target = exportsOf(files, pathOf(files, path, specifier));
    return [...names.matchAll(/(type )?(\w+)/g)].map(([, onlyType, name]) => {
      const found = target.find((candidate) => candidate.name === name);
      if (found === undefined) throw new Error(`${path} exports ${name}, which ${specifier} does not declare.`);
      return { ...found, isCallable: found.isCallable && (onlyTypes ?? onlyType) === undefined };
    });
  });
  return [...passedOn, ...declarations(path, text)];
}

function pathOf(files: Files, from: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier.replace(/\.js$/, '.ts'));
  const [, folder = '', subpath = ''] = /^@sallyport\/([^/]+)(.*)$/.exec(specifier) ?? [];
  const { exports } = JSON.parse(files.get(`packages/${folder}/package.json`) ?? '{"exports":{}}') as Manifest;
  return posix.join(`packages/${folder}`, exports[`.${subpath}`] ?? '');
}

/** Of an overloaded function, the first signature. */
function declarations(file: string, text: string): Omit<PublicExport, 'entry'>[] {
  const seen = new Set<string>();
  return [...text.matchAll(declared)].flatMap(({ 1: kind = '', 2: name = '', index }) => {
    if (seen.has(name)) return [];
    seen.add(name);
    const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n(?:@.*\n)*$/.exec(text.slice(0, index))?.[1];
    return [{ name, file, comment, isCallable: /function|class/.test(kind) }];
  });
}
