export { admissionStoreContract } from './admission-store-contract.js';
export { type BudgetsUnderTest, budgetContract } from './budget-contract.js';
export type { ContractRule, StoreUnderTest } from './contract-rule.js';
export { type DenyListUnderTest, denyListContract } from './deny-list-contract.js';
export { errorOf } from './error-of.js';
export { FakeClock } from './fake-clock.js';
export { type Gate, gate } from './gate.js';
export { idempotencyStoreContract } from './idempotency-store-contract.js';
export { type LayerHarness, layerHarness } from './layer-harness.js';
export { madeUpCall, madeUpFacts } from './made-up-call.js';
export { type MadeUpSecret, madeUpSecrets } from './made-up-secrets.js';
export { type AdmittedUnits, mostInWindow } from './most-in-window.js';
export { testPrincipal } from './principal.js';
export { randomFrom } from './random-from.js';
export {
  type ServedKeys,
  type TokenIssuer,
  type TokenIssuerOptions,
  type TokenRequest,
  tokenIssuer,
} from './token-issuer.js';
export { type UsageUnderTest, usageStoreContract } from './usage-store-contract.js';
