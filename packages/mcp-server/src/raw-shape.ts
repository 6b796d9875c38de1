import type { McpServer } from '@modelcontextprotocol/server';

/** zod's raw shape, as the SDK's own signature names it: `{ field: z.string() }`. */
export type RawShape = NonNullable<Parameters<McpServer['registerTool']>[1]['inputSchema']>;

type Optional<Field> = Field extends { _zod: { optout: 'optional' } } ? true : false;
type Output<Field> = Field extends { _zod: { output: infer O } } ? O : never;

/** What an object of that shape parses to: the `z.infer` of its `z.object`. */
export type ShapeOutput<S extends RawShape> = Flat<
  { -readonly [K in keyof S as Optional<S[K]> extends true ? never : K]: Output<S[K]> } & {
    -readonly [K in keyof S as Optional<S[K]> extends true ? K : never]?: Output<S[K]>;
  }
>;

type Flat<T> = { [K in keyof T]: T[K] };
