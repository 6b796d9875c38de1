import { utcDay } from '@sallyport/core';

/** The day in UTC so many days before that one. */
export function daysBefore(day: string, days: number): string {
  return utcDay(Date.parse(day) - days * 86_400_000);
}
