/** An alert of Prometheus, and what its runbook says. */
export interface Alert {
  /** In the notation of Prometheus: `SallyportBreakerOpen`. */
  readonly name: string;
  readonly expr: string;
  /** How long it must hold: `5m`. */
  readonly lasts: string;
  /** `page`: somebody is woken. `ticket`: somebody looks in the morning. */
  readonly severity: 'page' | 'ticket';
  readonly owner: string;
  /** One sentence, with labels as `{{ $labels.name }}`. */
  readonly summary: string;
  /** What to do first. */
  readonly action: string;
  /** The page of the runbook, without `.md`. */
  readonly page: string;
}
