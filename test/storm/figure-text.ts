// Figures as the page says them.

export const ms = (value: number) => `${Math.round(value)} ms`;
export const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
export const codes = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([code, count]) => `${count} ${code}`)
    .join(', ') || 'none';
export const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
