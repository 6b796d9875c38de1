import fc from 'fast-check';
import { z } from 'zod';

/** A schema, arguments for it, and the paths of what is secret in them. */
interface Made {
  readonly schema: z.ZodType;
  readonly sent: unknown;
  readonly paths: readonly string[];
}
const at = (name: string, paths: readonly string[]) => paths.map((path) => (path === '' ? name : `${name}.${path}`));
const name = fc.constantFrom('a', 'b', 'card', 'a.b', 'x', '0', 'constructor');
const value = fc.nat({ max: 99 }).map((n) => `${n}`);

const { made } = fc.letrec<{ made: Made }>((tie) => {
  const below = tie('made');
  return {
    made: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      value.map((n): Made => ({ schema: z.string(), sent: `clear-${n}-`, paths: [] })),
      value.map((n): Made => ({ schema: z.string(), sent: `secret-${n}-`, paths: [''] })),
      value.map(
        (n): Made => ({
          schema: z.string().transform((text) => [text, new Date(0)]),
          sent: `secret-${n}-`,
          paths: [''],
        }),
      ),
      fc.uniqueArray(fc.tuple(name, below), { selector: ([own]) => own, maxLength: 4 }).map(
        (members): Made => ({
          schema: z.object(Object.fromEntries(members.map(([own, { schema }]) => [own, schema.optional()]))),
          sent: Object.fromEntries(members.map(([own, { sent }]) => [own, sent])),
          paths: members.flatMap(([own, { paths }]) => at(own, paths)),
        }),
      ),
      fc.tuple(below, fc.nat({ max: 3 })).map(
        ([{ schema, sent, paths }, n]): Made => ({
          schema: z.array(schema),
          sent: Array.from({ length: n }, () => sent),
          paths: at('*', paths),
        }),
      ),
      fc.tuple(below, fc.constantFrom('k', 'l')).map(
        ([{ schema, sent, paths }, own]): Made => ({
          schema: z.record(z.string(), schema),
          sent: { [own]: sent },
          paths: at('*', paths),
        }),
      ),
      fc.tuple(below, below).map(
        ([one, other]): Made => ({
          ...one,
          schema: z.union([z.number(), one.schema, z.array(z.number()), other.schema]),
        }),
      ),
      below.map((one): Made => ({ ...one, schema: one.schema.nullable().transform((given) => ({ moved: given })) })),
      below.map((one): Made => ({ ...one, schema: z.lazy(() => one.schema) })),
    ),
  };
});

/** Arguments of a tool, whose secrets all hold `secret-`, below `root`. */
export const madeArguments = made.map(({ schema, sent, paths }) => ({
  schema: z.object({ root: schema }),
  sent: { root: sent },
  paths: at('root', paths),
}));
