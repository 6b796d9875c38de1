import type { Tool } from '@sallyport/core';

/** What a module of a server exports for the commands that read one: `explain`, `doctor`, `ops`. */
export interface ServerModule {
  /** The tools, or what makes them. What it opens for that, `close` closes. */
  readonly tools: readonly Tool[] | (() => readonly Tool[] | Promise<readonly Tool[]>);
  /** Called once, when the command has read what it needs. */
  readonly close?: () => unknown;
}
