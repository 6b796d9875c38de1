import { ToolError, type ToolErrorOptions } from './tool-error.js';

/** What is kept of an error that is the answer to a call. */
export interface KeptError extends ToolErrorOptions {
  readonly code: ToolError['code'];
  readonly message: string;
}

/** An error that was kept and is the answer again, with what marks it so in the `_meta` of its result. */
export class ReplayedError extends ToolError {
  readonly mark: Readonly<Record<string, unknown>>;

  constructor({ code, message, ...options }: KeptError, mark: Readonly<Record<string, unknown>>) {
    super(code, message, options);
    this.mark = mark;
  }
}
