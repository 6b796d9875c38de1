import { editDistance } from '../values/edit-distance.js';

/** What to do instead of calling a function, where there is more to say than that it is not there. */
const instead: Readonly<Record<string, string>> = {
  set_config: 'The tenant is set by the server, and queries see only its rows. Leave it out.',
  current_setting: 'Settings are not for queries. Leave it out.',
  pg_sleep: 'Queries do not wait. Leave it out.',
  pg_sleep_for: 'Queries do not wait. Leave it out.',
  repeat: 'Texts of any length are not made here. Leave it out.',
  lpad: 'Use to_char for numbers, and select the text as it is.',
  rpad: 'Select the text as it is.',
  format: 'Use concat or ||.',
  translate: 'Try replace or regexp_replace.',
  version: 'It is of no use to a query. Leave it out.',
  nextval: 'Queries change nothing. Leave it out.',
  query_to_xml: 'Put the inner query into FROM.',
  dblink: 'Only the tables of this database can be read.',
};

/** Words for an agent that called a function it may not: what to try. */
export function adviceFor(name: string, allowed: Iterable<string>): string {
  const known = instead[name];
  if (known !== undefined) return known;
  const near = [...allowed].filter((each) => isTypo(each, name) || related(each, name)).slice(0, 4);
  return near.length > 0
    ? `Try ${near.join(', ')}.`
    : 'Use the aggregate, text, date, JSON and array functions of Postgres.';
}

function isTypo(a: string, b: string): boolean {
  return Math.abs(a.length - b.length) <= 2 && editDistance(a, b) <= 2;
}

function related(a: string, b: string): boolean {
  const length = Math.min(a.length, b.length, 6);
  return length >= 5 && a.slice(0, length) === b.slice(0, length);
}
