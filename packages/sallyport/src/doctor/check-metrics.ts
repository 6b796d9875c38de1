import { reasonOf } from '../reason-of.js';
import { ask } from './ask.js';
import { type Finding, findingsOf } from './finding.js';
import { metricValues, type Sample } from './metric-values.js';

const { ok, warning, error, unchecked } = findingsOf('metrics');

const hour = 3_600;

/** What a running server says of itself on its page of metrics. `url`: the page, or the listener that has it at /metrics. */
export async function checkMetrics(url: URL): Promise<Finding[]> {
  const page = url.pathname === '/' ? new URL('/metrics', url) : url;
  try {
    const { status, text } = await ask(page);
    const samples = metricValues(text);
    if (status !== 200 || !samples.some(({ name }) => name.startsWith('sallyport_'))) {
      return [error(`${page.href} is no page of metrics of Sallyport`, 'name the listener that serveMetrics opened')];
    }
    const bad = samples.flatMap(judged);
    return [ok(`${page.href} answers`), ...bad];
  } catch (failure) {
    return [unchecked(`${page.href} cannot be reached: ${reasonOf(failure)}`)];
  }
}

function judged({ name, labels, value }: Sample): Finding[] {
  switch (name) {
    case 'sallyport_admit_fallback':
      if (value === 0) return [ok('the shared store of limits decides')];
      return [
        error(
          'the shared store of limits cannot be reached: reads are limited in the process, writes refused',
          'look at Redis',
        ),
      ];
    case 'sallyport_depend_breaker_open':
      if (value === 0) return [ok(`${labels.dependency} works: its breaker is closed`)];
      return [error(`the breaker of ${labels.dependency} is open`, `look at ${labels.dependency}, not at this server`)];
    case 'sallyport_abandoned':
      if (value === 0) return [];
      return [
        warning(
          `${value} handlers run on after their call was answered`,
          'let them heed call.signal: "abandoned" in the log names them',
        ),
      ];
    case 'sallyport_auth_jwks_age_seconds':
      return keysAge(labels.issuer, value);
    default:
      return [];
  }
}

/** They verify nothing any more after a day. A server without new tokens does not fetch keys, so an hour alone is no fault. */
function keysAge(issuer: string | undefined, seconds: number): Finding[] {
  if (Number.isNaN(seconds))
    return [warning(`the keys of ${issuer} have not been fetched yet`, 'they are with the first token: send one')];
  const age = `the keys of ${issuer} are ${Math.round(seconds / 60)} minutes old`;
  if (seconds < hour) return [ok(age)];
  if (seconds < 20 * hour)
    return [warning(age, 'if calls come in, the issuer cannot be reached from the server: look there')];
  return [error(`${age}; after 24 hours every call is answered 503`, 'let the server reach the issuer')];
}
