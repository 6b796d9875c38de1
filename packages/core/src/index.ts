export type { Load } from './adaptive-limit.js';
export type {
  Admission,
  AdmissionRequest,
  AdmissionStore,
  CalendarPeriod,
  LeaseLimit,
  LimitScope,
  WhenUnreachable,
  WindowLimit,
} from './admission-store.js';
export type { AdmitPolicy } from './admit-policy.js';
export { assertRevocation } from './assert-revocation.js';
export type { Call, CallRequest, OnAdmission, Outbound } from './call.js';
export { canonicalJson } from './canonical-json.js';
export type { BreakerOptions } from './circuit-breaker.js';
export { deduplicatedMetaKey, replayedMetaKey } from './claim-answer.js';
export { type Clock, systemClock, systemUtc } from './clock.js';
export type { Cost } from './cost.js';
export type { DenyList, Revoked } from './deny-list.js';
export type { DependencyOptions } from './dependency.js';
export type { ErrorBody } from './error-body.js';
export { errorMetaKey } from './error-result.js';
export { type ErrorCode, type ErrorFacts, errorTable } from './error-table.js';
export { type Explanation, explain, explainFor } from './explain.js';
export {
  type HardenedCall,
  type HardenedOptions,
  type HardenedPolicy,
  type HardenedStack,
  hardened,
} from './hardened.js';
export { idempotencyArgument, idempotencyMetaKey } from './idempotency-key.js';
export type {
  Claim,
  ClaimRequest,
  EffectCall,
  EffectEnd,
  Effects,
  HeldClaim,
  IdempotencyStore,
} from './idempotency-store.js';
export type { EffectsPolicy, IdempotentPolicy, KeyRule } from './idempotent-policy.js';
export type { Handler, Layer } from './layer.js';
export { type AdmitOptions, admit } from './layers/admit.js';
export { type Authorization, type AuthorizePolicy, authorizationOf, authorize, denial } from './layers/authorize.js';
export { type BoundPolicy, bound } from './layers/bound.js';
export { type DeadlinePolicy, deadline, type WithDeadline } from './layers/deadline.js';
export { type DependOptions, type DependPolicy, depend } from './layers/depend.js';
export { type IdempotentOptions, idempotent } from './layers/idempotent.js';
export { type ShedOptions, type ShedPolicy, shed } from './layers/shed.js';
export { isTenantName, tenant, type WithTenant } from './layers/tenant.js';
export { type ValidateOptions, validate } from './layers/validate.js';
export { type Budget, defaultAgentLimits, type Limits, type LimitsOf } from './limits.js';
export type { Measure } from './measure.js';
export type { Observer } from './observer.js';
export { PolicyError } from './policy-error.js';
export type { Principal, WithPrincipal } from './principal.js';
export { type Priority, priorities, priorityMetaKey } from './priority.js';
export { type Random, systemRandom } from './random.js';
export { type RandomId, randomId } from './random-id.js';
export type { Redact } from './redact-texts.js';
export type { OnRefusal, Refusal } from './refusal.js';
export { type Reply, reply } from './reply.js';
export { type FailedCall, type Report, reportToConsole } from './report.js';
export { revokedKey, revokedKeysOf } from './revoked-key.js';
export {
  type Access,
  accessScopes,
  defaultHierarchy,
  missingScopes,
  resourceScope,
  type ScopeHierarchy,
} from './scopes.js';
export { createStack, type ForeignFacts, type Stack, type StackOptions } from './stack.js';
export type { StandardIssue, StandardResult, StandardSchema } from './standard-schema.js';
export { type AdmissionMode, type LocalFallbackOptions, localFallback } from './stores/local-fallback.js';
export { type MemoryAdmissionOptions, memoryAdmission } from './stores/memory-admission.js';
export { type MemoryIdempotencyOptions, memoryIdempotency } from './stores/memory-idempotency.js';
export { type MemoryUsageOptions, memoryUsage } from './stores/memory-usage.js';
export { timeoutMetaKey } from './time-allowed.js';
export type { Outcome, Tool } from './tool.js';
export { ToolError, type ToolErrorOptions } from './tool-error.js';
export type { JsonSchema, ToolAnnotations, ToolFacts } from './tool-facts.js';
export type { ToolLimits, ToolLimitsOf } from './tool-limits.js';
export { type ContentBlock, isInputRequired, type ToolResult } from './tool-result.js';
export type { HandlerInput, HandlerOutput, ToolDescription, ToolSpec } from './tool-spec.js';
export { type CountUsage, type UsageFailure, UsageMeter, type UsageMeterOptions } from './usage-meter.js';
export { type CheckedUsageQuery, checkedUsageQuery, utcDay } from './usage-query.js';
export type {
  UsageBatch,
  UsageEntry,
  UsageOwner,
  UsageQuery,
  UsageRow,
  UsageStore,
  UsageTotals,
} from './usage-store.js';
export { UsageSums } from './usage-sums.js';
export type { Watch } from './watch.js';
export type { WithEffect } from './with-effect.js';
export type { WithInput } from './with-input.js';
export { Work } from './work.js';
