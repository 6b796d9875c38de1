import { expect, it } from 'vitest';
import { methodAnswer, toolAnswer } from './answer.js';
import { errorMetaKey } from './error-result.js';
import { errorTable } from './error-table.js';
import { RpcError } from './rpc-error.js';
import { ToolError } from './tool-error.js';

const codes = Object.keys(errorTable) as (keyof typeof errorTable)[];

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

it('a result is the answer', () => {
  const result = { content: [] };
  expect(toolAnswer({ result })).toBe(result);
  expect(methodAnswer({ result })).toBe(result);
});

it('what the SDK must answer itself is thrown as it is', () => {
  const raised = new Error('-32042');
  expect(thrownBy(() => toolAnswer({ raised }))).toBe(raised);
  expect(thrownBy(() => methodAnswer({ raised }))).toBe(raised);
});

it.each(codes)('%s of a tool is a result, of anything else a JSON-RPC error with the same text and data', (code) => {
  const error = new ToolError(code, 'What happened.', { details: { hint: 1 }, cause: 'secret' });
  const result = toolAnswer({ error, errorId: 'id' });
  const thrown = thrownBy(() => methodAnswer({ error, errorId: 'id' })) as RpcError;
  expect(thrown).toBeInstanceOf(RpcError);
  expect(result).toEqual({
    isError: true,
    content: [{ type: 'text', text: thrown.message }],
    _meta: { [errorMetaKey]: thrown.data },
  });
  expect(JSON.stringify([result, thrown.data])).not.toContain('secret');
});

it('the JSON-RPC codes are those of the table, but for the two that JSON-RPC has a name for', () => {
  for (const code of codes) {
    const thrown = thrownBy(() => methodAnswer({ error: new ToolError(code, 'x'), errorId: 'id' })) as RpcError;
    const expected = { INVALID_INPUT: -32602, INTERNAL: -32603 }[code as string] ?? errorTable[code].rpc;
    expect(thrown.code).toBe(expected);
  }
});

it('an error that throws when it is read is INTERNAL', () => {
  const error = Object.defineProperty(new ToolError('OVERLOADED', 'x'), 'retryable', {
    get: () => {
      throw new Error('secret');
    },
  });
  const ended = { error, errorId: 'id' };
  expect(toolAnswer(ended)._meta).toMatchObject({ [errorMetaKey]: { code: 'INTERNAL', errorId: 'id' } });
  expect(thrownBy(() => methodAnswer(ended))).toMatchObject({ code: -32603, data: { code: 'INTERNAL' } });
});
