import type { Machine } from '../support/machine.js';
import type { Measured } from './measured.js';
import type { Target } from './targets.js';

/** A comparison as it is kept in `bench/results`. */
export interface Report {
  readonly date: string;
  readonly machine: Machine;
  readonly pinned: boolean;
  readonly versions: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly processes: number;
  readonly measured: readonly Measured[];
  readonly targets: readonly Target[];
}
