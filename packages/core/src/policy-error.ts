/** A tool cannot be registered as declared. Thrown at start-up, never at a call; names the tool and the field. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly tool: string;
  readonly field: string;

  constructor(tool: string, field: string, problem: string) {
    super(`Tool "${tool}": ${field} ${problem}`);
    this.tool = tool;
    this.field = field;
  }
}
