import { Bulkhead } from './bulkhead.js';
import { type BreakerOptions, CircuitBreaker } from './circuit-breaker.js';
import type { Measure } from './measure.js';

/** How one dependency is guarded, in one process. What is left out has the default. */
export interface DependencyOptions extends Partial<BreakerOptions> {
  /** Calls at once, those that were given up and still run among them. Default 20. */
  readonly maxConcurrent?: number;
}

const defaults: Required<DependencyOptions> = {
  maxConcurrent: 20,
  windowMs: 10_000,
  minimumCalls: 20,
  failureRate: 0.5,
  slowMs: 10_000,
  slowRate: 0.8,
  openMs: 5_000,
  probes: 3,
};

/** Throws a `RangeError` that names what is unknown or cannot work. */
export function assertDependencyOptions(options: DependencyOptions): void {
  if (typeof options !== 'object' || options === null) throw new RangeError('they are not an object');
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(defaults, name)) throw new RangeError(`${name} is no setting of a dependency`);
    if (value === undefined) continue;
    if (typeof value !== 'number' || !(value > 0)) throw new RangeError(`${name} must be a positive number`);
    if (name.endsWith('Rate') && value > 1) throw new RangeError(`${name} must be at most 1`);
    if (whole.has(name) && !Number.isInteger(value)) throw new RangeError(`${name} must be a whole number`);
  }
}

const whole: ReadonlySet<string> = new Set(['maxConcurrent', 'minimumCalls', 'probes']);

/** What all tools that name it share: its breaker and its bulkhead. */
export class Dependency {
  readonly name: string;
  readonly options: Required<DependencyOptions>;
  readonly breaker: CircuitBreaker;
  readonly bulkhead: Bulkhead;

  constructor(name: string, options: DependencyOptions = {}) {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    this.name = name;
    this.options = { ...defaults, ...given };
    this.breaker = new CircuitBreaker(this.options);
    this.bulkhead = new Bulkhead(this.options.maxConcurrent);
  }

  measures(now: number): Measure[] {
    const { breaker, bulkhead } = this;
    const gauge = (name: string, help: string, value: number): Measure => {
      return { name, help, kind: 'gauge', value, labels: { dependency: this.name } };
    };
    return [
      gauge(
        'breaker_open',
        '1 while the breaker refuses, 0.5 when it lets probes through, 0 when it is closed.',
        degree[breaker.stateAt(now)],
      ),
      gauge('in_use', 'Calls of the dependency that run, those that were given up among them.', bulkhead.used),
      gauge('capacity', 'Calls of the dependency that may run at once.', bulkhead.capacity),
    ];
  }
}

const degree = { closed: 0, 'half-open': 0.5, open: 1 } as const;
