import type { Tool } from '@sallyport/core';

/**
 * What a module of a server exports for the commands that read one: `explain`, `doctor`, `ops`. Type it with
 * `satisfies ServerModule`, or not at all.
 */
export interface ServerModule {
  /** The tools, or what makes them: with whatever they need opened. */
  readonly tools: readonly Tool[] | (() => readonly Tool[] | Promise<readonly Tool[]>);
  /** What the server runs on, or what finds out: for `doctor`. */
  readonly deployment?: Deployment | (() => Deployment | Promise<Deployment>);
  /** Closes what was opened. Called once, when the command has read what it needs. */
  readonly close?: () => unknown;
}

/** What a server runs on. What is left out is not checked. */
export interface Deployment {
  readonly postgres?: PostgresDeployment;
  readonly redis?: {
    /** `redis://` or `rediss://`. */
    readonly url: string;
  };
  readonly issuer?: {
    /** The `iss` of its tokens. */
    readonly issuer: string;
    /** Where it publishes its keys. */
    readonly jwksUrl: string;
  };
  /** How many instances run at once. Default 1. */
  readonly instances?: number;
}

/** A database on a Postgres server, as one instance uses it. */
export interface PostgresDeployment {
  /** Of the login that the server uses, not of its owner. */
  readonly url: string;
  /** Of the login for the SQL of agents. */
  readonly queryUrl?: string;
  /** Connections of the pool. Default 10, as that of `pg`. */
  readonly maxConnections?: number;
  /** Connections of the pool for the SQL of agents. Default 0 without a `queryUrl`, else 10. */
  readonly maxQueryConnections?: number;
  /** Agents expected at once on one instance. Absent: the pool is not judged by them. */
  readonly agents?: number;
  /** Tables of tenants, which must be there. */
  readonly tables?: readonly string[];
  /** Default `tenant_id`. */
  readonly tenantColumn?: string;
  /** What the start-up check would refuse and you answer for, as `openPostgres` is told. */
  readonly exempt?: readonly string[];
}
