import type { Call, CallRequest, Outbound } from './call.js';
import { errorResult } from './error-result.js';
import { Interrupter } from './interrupter.js';
import { Signalled } from './interruption.js';
import type { Answered, PromptHandler } from './layer.js';
import { LeanCall } from './lean-call.js';
import type { Principal } from './principal.js';
import type { RandomId } from './random-id.js';
import type { Report } from './report.js';
import { ToolError } from './tool-error.js';
import type { ToolFacts } from './tool-facts.js';
import type { ToolResult } from './tool-result.js';
import { isUrlElicitation } from './url-elicitation.js';
import { Work } from './work.js';

/** How a call ended. `raised` is a protocol error that the SDK itself must answer (URL elicitation required). */
export type Outcome =
  | { readonly result: ToolResult }
  | { readonly error: ToolError; readonly errorId: string }
  | { readonly raised: unknown };

/** A hardened handler: what the agent reaches. Made by `stack.tool`. */
export interface Tool {
  readonly facts: ToolFacts;
  /** The layers around the handler, outermost first. */
  readonly layers: readonly string[];
  /** `facts.policy` as it holds for one caller: with the limits of its plan. Throws what those who decide it throw. */
  policyFor?(principal: Principal): ToolFacts['policy'];
  /** Answers the call. Never rejects: every failure is an error result, made here and nowhere else. */
  call(request: CallRequest): Promise<ToolResult>;
  /**
   * The same, before it is made a result; for adapters whose protocol answers some failures in another way. Never rejects, nor
   * throws; at once where nothing had to wait.
   */
  outcome(request: CallRequest): Outcome | Promise<Outcome>;
}

const silent: Outbound = { progress() {}, log() {} };
const noMeta = Object.freeze({});

/** Puts the chain behind the two methods of a {@link Tool}. */
export function createTool(
  facts: ToolFacts,
  layers: readonly string[],
  chain: PromptHandler,
  policyFor: NonNullable<Tool['policyFor']>,
  randomId: RandomId,
  report: Report,
): Tool {
  const failed = (call: Call, thrown: unknown): Outcome => {
    if (isUrlElicitation(thrown)) return { raised: thrown };
    const error = ToolError.from(thrown);
    const errorId = randomId();
    try {
      report({ error, errorId, call: LeanCall.whole(call) });
    } catch {
      // The caller gets its answer, whatever becomes of the log.
    }
    return { error, errorId };
  };
  const outcome = (request: CallRequest): Outcome | Promise<Outcome> => {
    const { signal, interruption = signal === undefined ? new Interrupter() : new Signalled(signal) } = request;
    const call = LeanCall.begin(interruption, {
      tool: facts,
      input: request.input,
      requestId: request.requestId ?? randomId(),
      auth: request.auth,
      meta: request.meta ?? noMeta,
      client: request.client ?? silent,
      work: new Work(),
      sdk: request.sdk,
      onAdmission: request.onAdmission,
    });
    let answer: Answered;
    try {
      answer = chain(call);
    } catch (thrown) {
      return failed(call, thrown);
    }
    if (!(answer instanceof Promise)) return { result: answer };
    return answer.then(
      (result) => ({ result }),
      (thrown: unknown) => failed(call, thrown),
    );
  };
  return {
    facts,
    layers,
    policyFor,
    outcome,
    async call(request) {
      const ended = await outcome(request);
      if ('result' in ended) return ended.result;
      if ('error' in ended) return answer(ended.error, ended.errorId);
      return answer(ToolError.from(ended.raised), randomId());
    },
  };
}

/** A subclass of the handler's own may throw when it is read. */
function answer(error: ToolError, errorId: string): ToolResult {
  try {
    return errorResult(error, errorId);
  } catch {
    return errorResult(ToolError.from(undefined), errorId);
  }
}
