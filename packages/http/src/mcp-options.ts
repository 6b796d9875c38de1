import type { Authenticator, ProtectedResource } from '@sallyport/auth';
import type { Clock, OnRefusal } from '@sallyport/core';
import type { Denials } from './limits/limit-answers.js';
import type { Log } from './log.js';
import type { ScopeOfferOptions } from './scope-offer.js';
import type { Described } from './server-source.js';
import type { SessionBounds, SessionStore } from './sessions/session-store.js';

/** Who may call: callers with a token, or anybody on this machine. There is no default. */
export type ServeSecurity =
  | {
      readonly auth: Authenticator;
      /** For the metadata clients discover. `url` may be left out on a loopback bind; it is the bound address then. */
      readonly resource: Omit<ProtectedResource, 'url'> & Partial<Pick<ProtectedResource, 'url'>> & ScopeOfferOptions;
      readonly anonymous?: never;
    }
  | {
      /** Everybody is the same caller with every scope. Answers on loopback only. */
      readonly anonymous: true;
      readonly auth?: never;
      readonly resource?: never;
    };

/** How MCP is served, wherever it is served. */
export type McpOptions = ServeSecurity &
  Described & {
    /** Origins of pages that may call, exactly: `https://app.example.com`. On a loopback bind those of loopback may too. */
    readonly allowedOrigins?: readonly string[];
    /** Names this server answers under, without port. Default: on a loopback bind loopback names, otherwise any. */
    readonly allowedHosts?: readonly string[];
    /**
     * Requests without a valid token that one address (IPv4, or a /64 of IPv6) may send in a minute. Beyond it 429, before any
     * token is verified; a token that was verified before still gets in. Default 300.
     */
    readonly maxUnauthenticatedPerMinute?: number;
    /**
     * How many reverse proxies of yours stand in front, each of which appends to `X-Forwarded-For`. Without it all callers behind
     * a proxy have one address. Default 0: the header is not read.
     */
    readonly trustedProxies?: number;
    /** Default 1 MiB. */
    readonly maxBodyBytes?: number;
    /**
     * Sessions for clients of the 2025 era, which elicitation, sampling and cancellation need there: `memory` keeps them in
     * this process, a store counts and owns them for a fleet. Default `none`: each of their requests stands alone.
     */
    readonly sessions?: 'none' | 'memory' | SessionStore;
    /** Default: 10 sessions for each caller, 1,000 in all, 30 minutes without a request. */
    readonly sessionBounds?: Partial<SessionBounds>;
    /** Open subscription streams for each caller. Default 10. */
    readonly maxSubscriptions?: number;
    /** Items on a page of a list. Default 1,000. */
    readonly pageSize?: number;
    /** Signs the cursors of lists; the same on every instance that serves the same clients. Default: a random one. */
    readonly cursorKey?: Uint8Array;
    /** How a call that a limit denies is answered. Default `escalate`: a tool error, and HTTP 429 for a caller that keeps on. */
    readonly denials?: Denials;
    /**
     * Told of every request that is refused for its token, for a scope, or with the HTTP 429 of a caller or an address that keeps on:
     * for the audit trail (`auditDenials`). Of a tool that is hidden from its caller too, and of a name that no tool has. Calls that a layer refuses are reported by
     * the stack.
     */
    readonly onRefusal?: OnRefusal;
    /** Default: warnings and faults as JSON lines on standard error. */
    readonly log?: Log;
    /** For drain, readiness and sessions. */
    readonly clock?: Clock;
  };
