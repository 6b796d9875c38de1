/** What a proof left, with the machine it ran on. */
export interface Report<Figures> {
  readonly on: {
    readonly date: string;
    readonly cpus: number;
    readonly model: string;
    readonly memoryBytes: number;
    readonly load: number;
  };
  readonly seconds: number;
  /** Whether it took seconds instead of minutes. */
  readonly short?: boolean;
  readonly held: boolean;
  readonly wrong: readonly string[];
  readonly figures: Figures;
}

/** A part of the page as Markdown; its pictures go to the folder. */
export type Section<Figures> = (report: Report<Figures>, folder: string) => Promise<string> | string;
