import { type OptionCheck, type OptionChecks, option } from '@sallyport/core/adapter';
import type { ClosingDrain } from './drain.js';
import type { McpOptions } from './mcp-options.js';

const { is, having, notNegative, oneOf, options, positive, text, texts, wholeNumber } = option;

/** The longest a timer of the runtime can wait. */
const longestTimer = 2 ** 31 - 1;

const time = notNegative('milliseconds', longestTimer);

const resource = options(
  'resource',
  {
    url: text,
    authorizationServers: texts,
    name: text,
    documentation: text,
    offeredScopes: texts,
    scopePrefix: is('string'),
  } satisfies Readonly<Record<keyof NonNullable<McpOptions['resource']>, OptionCheck>>,
  ['authorizationServers'],
);

const serverInfo: OptionCheck = (value) => {
  const { name, version } = (value ?? {}) as { readonly name?: unknown; readonly version?: unknown };
  return text(name) === undefined && text(version) === undefined ? undefined : 'must have a name and a version';
};

const sessions: OptionCheck = (value) =>
  value === 'none' || value === 'memory' || having('open', 'touch', 'end')(value) === undefined
    ? undefined
    : 'must be "none", "memory" or a store with open, touch and end';

const functions: OptionCheck = (value) =>
  Array.isArray(value) && value.every((each) => typeof each === 'function')
    ? undefined
    : 'must be an array of functions';

const ofMcp = {
  auth: having('authenticate'),
  resource,
  anonymous: oneOf(true, false),
  serverInfo,
  instructions: is('string'),
  requestStates: having('verify'),
  allowedOrigins: texts,
  allowedHosts: texts,
  maxUnauthenticatedPerMinute: notNegative('requests'),
  trustedProxies: wholeNumber(0),
  maxBodyBytes: positive('bytes'),
  sessions,
  sessionBounds: options('sessionBounds', {
    maxPerOwner: positive('sessions'),
    maxInAll: positive('sessions'),
    idleMs: positive('milliseconds', longestTimer),
  }),
  maxSubscriptions: notNegative('streams'),
  pageSize: wholeNumber(1),
  cursorKey: (value) => (value instanceof Uint8Array ? undefined : 'must be a Uint8Array'),
  denials: oneOf('escalate', 'http-429', 'tool-error'),
  onRefusal: is('function'),
  log: is('function'),
  clock: having('now', 'setTimeout', 'clearTimeout'),
} satisfies Readonly<Record<keyof McpOptions, OptionCheck>>;

const drain = { preDrainMs: time, graceMs: time, lingerMs: time } satisfies Readonly<
  Record<keyof ClosingDrain, OptionCheck>
>;

/** What each option of `mount` must be. */
export const mountChecks = {
  ...ofMcp,
  drain: options('drain', drain),
} satisfies OptionChecks;

/** What each option of `serve` must be. */
export const serveChecks = {
  ...ofMcp,
  drain: options('drain', drain),
  port: wholeNumber(0, 65_535),
  host: text,
  requestTimeoutMs: positive('milliseconds', longestTimer),
  maxConnections: wholeNumber(1),
  ready: functions,
  signals: is('boolean'),
  onClose: is('function'),
} satisfies OptionChecks;
