import { CannotRun } from '../cannot-run.js';

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** When a revocation ends, in Unix milliseconds: after `--for` (`30m`, `12h`, `7d`), or at `--until`. One of them must be given. */
export function untilOf(
  { for: lasts, until }: { readonly for?: string | undefined; readonly until?: string | undefined },
  now: number,
): number {
  if ((lasts === undefined) === (until === undefined)) {
    throw new CannotRun(
      'say when the revocation ends, with --for or --until: when the last token it concerns has expired',
    );
  }
  if (lasts !== undefined) {
    const [, amount, unit = ''] = /^([1-9]\d{0,5})([mhd])$/.exec(lasts) ?? [];
    if (amount === undefined) throw new CannotRun('--for takes a number and a unit: 30m, 12h, 7d');
    return now + Number(amount) * (units[unit] ?? 0);
  }
  const at = Date.parse(until ?? '');
  if (Number.isNaN(at)) throw new CannotRun('--until takes a time as 2026-12-31T23:59:00Z');
  if (at <= now) {
    throw new CannotRun(
      `--until ${until} is over already: nobody would be revoked. Give the time when the last token it concerns has expired`,
    );
  }
  return at;
}
