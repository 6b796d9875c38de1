import type { Session } from './session.js';
import { encodeParameter } from './values/encode-parameter.js';

/** What is to run as the last of a transaction, when nothing else is let in any more. */
export class LastStatements {
  readonly #statements: (readonly [text: string, params: readonly (string | null)[]])[] = [];

  get any(): boolean {
    return this.#statements.length > 0;
  }

  add(text: string, params: readonly unknown[]): void {
    this.#statements.push([text, params.map(encodeParameter)]);
  }

  async run(session: Pick<Session, 'statement'>): Promise<void> {
    for (const [text, params] of this.#statements) await session.statement(text, params);
  }
}
