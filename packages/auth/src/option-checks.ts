import { type OptionCheck, option } from '@sallyport/core/adapter';
import type { ClaimNames } from './principal-of.js';

const { is, having, options, text, texts } = option;

/** This server as the issuer names it: one name, or several. */
export const audience: OptionCheck = (value) =>
  text(value) === undefined || (texts(value) === undefined && (value as readonly unknown[]).length > 0)
    ? undefined
    : 'must be a string that is not empty, or an array of such strings that is not empty';

const claimPath: OptionCheck = (value) =>
  audience(value) === undefined ? undefined : 'must be the name of a claim, or the names from the outside in';

/** Claims that are configured at the issuer. */
export const ownClaims = { tenant: claimPath, plan: claimPath };

/** Where scopes, tenant and plan are. */
export const claimNames = options('claims', {
  ...ownClaims,
  scopes: claimPath,
  appScopes: claimPath,
  scopePrefix: is('string'),
  clientId: claimPath,
  tokenId: claimPath,
} satisfies Readonly<Record<keyof ClaimNames, OptionCheck>>);

/** The values that other claims must have. */
export const requiredClaims: OptionCheck = (value) =>
  is('object')(value) ??
  (Object.values(value as object).every((wanted) => wanted === true || audience(wanted) === undefined)
    ? undefined
    : 'must have for each claim a string, an array of strings that is not empty, or true');

/** Only whoever reads the time: `Date` will do. */
export const wallClock = having('now');
