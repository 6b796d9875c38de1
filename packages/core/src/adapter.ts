/**
 * What an adapter of an SDK, or a host, needs and an author of tools does not: the way from a request of the protocol to a
 * tool and back, and what is the same on an official server of any generation. It imports no SDK.
 *
 * @module
 */
export type { AdapterOptions } from './adapter-options.js';
export { methodAnswer, toolAnswer } from './answer.js';
export { assertOptions, type OptionCheck, type OptionChecks } from './assert-options.js';
export { assertTool } from './assert-tool.js';
export { assertToolResult } from './assert-tool-result.js';
export { authInfoOf, type CarriedAuth, principalIn } from './auth-info.js';
export { computedUnits } from './cost.js';
export { dispatch, type Incoming } from './dispatch.js';
export { type GovernedNotify, governedNotify } from './governed-notify.js';
export { Interrupter } from './interrupter.js';
export type { Answered, PromptHandler } from './layer.js';
export { LeanCall } from './lean-call.js';
export { type LeanWrap, leanLayer, leanWrapOf } from './lean-layer.js';
export type { ListedTool } from './listed-tool.js';
export { adoptTools } from './official/adopt-tools.js';
export { assertHardenable } from './official/assert-hardenable.js';
export { guardHandlers, type HandlerSetting } from './official/guard-handlers.js';
export { hardeningOf } from './official/hardening.js';
export { internalsOf, type OfficialInternals } from './official/official-internals.js';
export { registerTools } from './official/register-tools.js';
export { servedTable, serveTable } from './official/served-table.js';
export { toolsOf } from './official/tools-of.js';
export { wrapRegistered } from './official/wrap-registered.js';
export { option } from './option-checks.js';
export { openOutbound, type Sends } from './outbound.js';
export { type Peer, peer, peerOf } from './peer.js';
export { perPrincipal } from './per-principal.js';
export { Recent } from './recent.js';
export { type RedactedSends, redactedSends } from './redacted-sends.js';
export { refusedBy } from './refused-by.js';
export { ReplayedError } from './replayed-error.js';
export { headerOf, requestHeader } from './request-header.js';
export { Roster, type Seat } from './roster.js';
export { RpcError, type RpcFailure, rpcFailure } from './rpc-error.js';
export { hasOwnTime } from './time-allowed.js';
export { type TableEntry, ToolTable } from './tool-table.js';
