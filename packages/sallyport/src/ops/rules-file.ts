import type { Alert } from './alert.js';

/** The alerts as a file of rules for Prometheus. Texts are in the notation of JSON, which is YAML as well. */
export function rulesFile(alerts: readonly Alert[], runbookUrl: string): string {
  const text = (value: string) => JSON.stringify(value);
  const rules = alerts.map(
    ({ name, expr, lasts, severity, owner, summary, action, page }) => `      - alert: ${name}
        expr: ${text(expr)}
        for: ${lasts}
        labels:
          severity: ${severity}
          owner: ${text(owner)}
        annotations:
          summary: ${text(summary)}
          description: ${text(action)}
          runbook_url: ${text(`${runbookUrl}/${page}.md`)}
`,
  );
  return `# Written by \`sallyport ops\`. Do not edit: write it again when tools change.
groups:
  - name: sallyport
    rules:
${rules.join('')}`;
}
