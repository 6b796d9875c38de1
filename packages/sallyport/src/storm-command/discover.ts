import { CannotRun } from '../cannot-run.js';
import { connections, type Exchanged } from '../storm/exchange.js';
import { greet } from '../storm/greet.js';
import { jsonOf, membersOf } from '../storm/json-object.js';
import { message, type Sender } from '../storm/message.js';
import type { Protocol } from '../storm/protocol.js';

/** What the storm needs to know of a tool. */
export interface FoundTool {
  readonly name: string;
  readonly readsOnly: boolean;
  /** Whether it can be called without arguments. */
  readonly needsNothing: boolean;
}

/** What a server said before the storm. */
export interface Discovered {
  /** Those of the asked versions in which it listed its tools. */
  readonly protocols: readonly Protocol[];
  readonly tools: readonly FoundTool[];
}

const maxAnswerBytes = 8 * 1_048_576;
const maxPages = 20;

/**
 * Asks a server for its tools in each version of the protocol, before any load is put on it. Throws a {@link CannotRun} with what it
 * answered when it lists them in none.
 */
export async function discover(
  url: URL,
  token: string | undefined,
  protocols: readonly Protocol[],
  withinMs = 10_000,
): Promise<Discovered> {
  const asked = await Promise.all(protocols.map((protocol) => listed(url, { protocol, token }, withinMs)));
  const spoken = protocols.filter((_, index) => typeof asked[index] !== 'string');
  const tools = asked.find((answer) => typeof answer !== 'string');
  if (tools === undefined) throw new CannotRun(`${url.origin}${url.pathname} does not list its tools: ${asked[0]}`);
  return { protocols: spoken, tools };
}

/** The tools, or what was answered instead. */
async function listed(url: URL, sender: Sender, withinMs: number): Promise<FoundTool[] | string> {
  const line = connections(url, maxAnswerBytes);
  const signal = AbortSignal.timeout(withinMs);
  const found: FoundTool[] = [];
  try {
    const from = await greet(line, sender, 0, signal);
    let cursor: string | undefined;
    for (let page = 1; page <= maxPages; page++) {
      const answer = await line.post(message(from, 'tools/list', page, { cursor }), page, signal);
      const result = resultOf(answer);
      if (typeof result === 'string')
        return signal.aborted ? `it does not answer within ${withinMs / 1_000} seconds` : result;
      found.push(...result.tools.flatMap(foundTool));
      cursor = result.nextCursor;
      if (cursor === undefined) break;
    }
    return found;
  } finally {
    line.close();
  }
}

function resultOf(answer: Exchanged): { tools: readonly unknown[]; nextCursor: string | undefined } | string {
  if ('breakage' in answer) return answer.breakage === 'network' ? 'there is no way to it' : answer.breakage;
  const { result } = membersOf(jsonOf(answer.text));
  const { tools, nextCursor } = membersOf(result);
  if (!Array.isArray(tools)) return `HTTP ${answer.status} ${answer.text.replaceAll(/\s+/g, ' ').slice(0, 200)}`.trim();
  return { tools, nextCursor: typeof nextCursor === 'string' ? nextCursor : undefined };
}

function foundTool(tool: unknown): FoundTool[] {
  const { name, annotations, inputSchema } = membersOf(tool);
  if (typeof name !== 'string') return [];
  const { required } = membersOf(inputSchema);
  return [
    {
      name,
      readsOnly: membersOf(annotations).readOnlyHint === true,
      needsNothing: !Array.isArray(required) || required.length === 0,
    },
  ];
}
