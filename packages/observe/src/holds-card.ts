const [shortest, longest] = [13, 19];

/**
 * Whether digits in groups hold the number of a card: a group, or neighbouring ones, of 13 to 19 digits with the right check digit
 * (ISO/IEC 7812-1). One in ten other numbers of that length has it, too; a time in milliseconds mostly has not.
 */
export function holdsCard(digits: string): boolean {
  const groups = digits.split(/[ -]/);
  return groups.some((_, from) => beginsCard(groups, from));
}

function beginsCard(groups: readonly string[], from: number): boolean {
  let together = '';
  for (let at = from; at < groups.length && together.length < longest; at++) {
    const group = groups[at] ?? '';
    if (at > from && group.length >= shortest) return false;
    together += group;
    if (isCard(together)) return true;
    if (group.length >= shortest) return false;
  }
  return false;
}

function isCard(digits: string): boolean {
  if (digits.length < shortest || digits.length > longest) return false;
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = digits.charCodeAt(digits.length - 1 - at) - 48;
    sum += at % 2 === 0 ? digit : digit > 4 ? 2 * digit - 9 : 2 * digit;
  }
  return sum % 10 === 0;
}
