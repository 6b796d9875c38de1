/** The name that was probably meant: one that begins alike, or that two wrong letters lead to. */
export function closestName(name: string, names: readonly string[]): string | undefined {
  const typed = name.toLowerCase();
  const near = names.map((each) => ({ each, away: distance(typed, each.toLowerCase()) }));
  const [nearest] = near.filter(({ away }) => away <= 2 && away <= typed.length / 2).sort((a, b) => a.away - b.away);
  if (nearest !== undefined) return nearest.each;
  return typed.length < 3 ? undefined : names.find((each) => each.toLowerCase().startsWith(typed));
}

/** How many letters must be added, removed or changed (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [above, letter] of [...from].entries()) {
    const next = [above + 1];
    for (const [at, other] of [...to].entries()) {
      const changed = (row[at] as number) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[at + 1] as number) + 1, (next[at] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}
