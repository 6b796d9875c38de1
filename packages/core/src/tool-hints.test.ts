import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { hardened } from './hardened.js';
import { listedTool } from './listed-tool.js';
import { createStack } from './stack.js';
import type { ToolAnnotations } from './tool-facts.js';

/** The annotations that are listed of a tool with this policy. */
function listed(policy: object, annotations?: ToolAnnotations) {
  const tool = hardened().tool({
    name: 't',
    description: 'For tests.',
    access: 'read',
    input: z.object({}),
    handler: () => 'done',
    ...(annotations === undefined ? {} : { annotations }),
    ...(policy as object),
  } as never);
  return listedTool(tool.facts).annotations;
}

const phased = { access: 'write', effects: 'phased' } as const;

describe('a tool without annotations is listed with the hints of its policy:', () => {
  test.each<[policy: object, hints: ToolAnnotations]>([
    [{ access: 'read' }, { readOnlyHint: true }],
    [phased, { readOnlyHint: false }],
    [{ ...phased, idempotencyKey: 'optional' }, { readOnlyHint: false }],
    [
      { ...phased, idempotencyKey: 'required' },
      { readOnlyHint: false, idempotentHint: true },
    ],
    // Equal arguments are a repetition for a minute or two, and then no more.
    [{ ...phased, idempotencyKey: { fallbackMs: 60_000 } }, { readOnlyHint: false }],
    [
      { access: 'write', effects: 'natural' },
      { readOnlyHint: false, idempotentHint: true },
    ],
    [
      { ...phased, access: 'sensitive', limits: { perMinute: 1 }, idempotencyKey: 'required' },
      { readOnlyHint: false, idempotentHint: true },
    ],
    [{ ...phased, access: 'admin' }, { readOnlyHint: false }],
  ])('%j as %j', (policy, hints) => {
    expect(listed(policy)).toEqual(hints);
  });
});

test('what the author says of a tool stays, and what the author does not say is added', () => {
  expect(listed({ access: 'read' }, { title: 'T', openWorldHint: false })).toEqual({
    title: 'T',
    openWorldHint: false,
    readOnlyHint: true,
  });
  const said = { destructiveHint: false, idempotentHint: false };
  expect(listed({ access: 'write', effects: 'natural' }, said)).toEqual({ readOnlyHint: false, ...said });
});

test('a sensitive tool may be one that only reads', () => {
  const sensitive = { ...phased, access: 'sensitive', limits: { perMinute: 1 }, idempotencyKey: 'required' };
  expect(listed(sensitive, { readOnlyHint: true })).toMatchObject({ readOnlyHint: true });
});

test.each([
  [phased, true],
  [{ access: 'read' }, false],
])('%j with a readOnlyHint of %j is refused at registration', (policy, readOnlyHint) => {
  expect(() => listed(policy, { readOnlyHint })).toThrow(/"t": annotations\.readOnlyHint/);
});

test('a tool of whose class nothing is known, and one whose class comes from its annotations, are listed as their author wrote them', () => {
  const wrap = (facts: object) =>
    listedTool(createStack().wrap({ kind: 'tool', name: 't', ...facts }, async () => ({})).facts).annotations;
  expect(wrap({})).toBeUndefined();
  const foreign = { access: 'write', effects: 'phased', derivedFrom: 'annotations' } as const;
  const tool = hardened().wrap({ kind: 'tool', name: 't', ...foreign }, async () => ({}));
  expect(listedTool(tool.facts).annotations).toBeUndefined();
});
