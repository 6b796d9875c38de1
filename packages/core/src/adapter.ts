/**
 * What an adapter of an SDK, or a host, needs and an author of tools does not: the way from a request of the protocol to a
 * tool and back. It knows no SDK.
 *
 * @module
 */
export type { AdapterOptions } from './adapter-options.js';
export { type AdoptableTool, adoptTool } from './adopt-tool.js';
export { methodAnswer, toolAnswer } from './answer.js';
export { authInfoOf, type CarriedAuth, principalIn } from './auth-info.js';
export { dispatch, type Incoming } from './dispatch.js';
export { foreignPolicy } from './foreign-policy.js';
export { type ForeignArguments, foreignSchema } from './foreign-schema.js';
export { type GovernedNotify, governedNotify } from './governed-notify.js';
export { guardedMethods, guardMethod } from './guard-method.js';
export { Interrupter } from './interrupter.js';
export { type ListedTool, listedTool } from './listed-tool.js';
export { openOutbound, type Sends } from './outbound.js';
export { Roster, type Seat } from './roster.js';
export { RpcError, rpcErrorOf } from './rpc-error.js';
export { type TableEntry, ToolTable } from './tool-table.js';
