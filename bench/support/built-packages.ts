import type { ResolveHook } from 'node:module';

const source = /\/packages\/([^/]+)\/src\/(.+)\.ts$/;

/** A hook of Node's loader: our packages are loaded from `dist/` instead of `src/`. */
export const resolve: ResolveHook = async (specifier, context, next) => {
  const resolved = await next(specifier, context);
  if (!source.test(resolved.url)) return resolved;
  return { ...resolved, url: resolved.url.replace(source, '/packages/$1/dist/$2.js'), format: 'module' };
};
