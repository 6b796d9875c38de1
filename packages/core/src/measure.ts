/** A number that a layer can say of itself at any time; metrics are made of it. */
export interface Measure {
  /** In the notation of Prometheus, without the layer's name: `breaker_open`. */
  readonly name: string;
  /** One sentence. */
  readonly help: string;
  /** A counter only grows. */
  readonly kind: 'gauge' | 'counter';
  /** `NaN` while it is not known. */
  readonly value: number;
  /** Of names from configuration only, never from a request: their number must be bounded. */
  readonly labels: Readonly<Record<string, string>>;
}
