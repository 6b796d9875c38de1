import { reasonOf } from '../reason-of.js';
import { ask } from './ask.js';
import { clockSkew } from './clock-skew.js';
import { type Finding, findingsOf } from './finding.js';

const { ok, warning, error, unchecked } = findingsOf('issuer');

/** Whether the keys of an issuer can be fetched and verify something, and whether its metadata speak of the same. */
export async function checkIssuer(issuer: string, jwksUrl: string): Promise<Finding[]> {
  try {
    const url = new URL(jwksUrl);
    const { status, text, clock } = await ask(url);
    if (status !== 200) {
      return [
        error(`${jwksUrl} answers ${status}`, 'set the URL at which the issuer publishes its keys (its jwks_uri)'),
      ];
    }
    return [
      keys(jwksUrl, text),
      ...(clock === undefined ? [] : [clockSkew({ ok, warning, error, unchecked }, 'the issuer', clock)]),
      ...(await metadata(issuer, jwksUrl)),
    ];
  } catch (failure) {
    return [unchecked(`the issuer's keys at ${jwksUrl} cannot be fetched: ${reasonOf(failure)}`)];
  }
}

function keys(jwksUrl: string, text: string): Finding {
  const found = asObject(text)?.keys;
  const usable = Array.isArray(found)
    ? found.filter((key: unknown) => ['RSA', 'EC', 'OKP'].includes(String(Object(key).kty)))
    : [];
  if (usable.length > 0) return ok(`${jwksUrl} has ${usable.length} public ${usable.length === 1 ? 'key' : 'keys'}`);
  return error(`${jwksUrl} has no public key`, 'set the URL at which the issuer publishes its keys (its jwks_uri)');
}

/** RFC 8414 and OpenID Connect Discovery. An issuer without either is none the worse. */
async function metadata(issuer: string, jwksUrl: string): Promise<Finding[]> {
  if (!URL.canParse(issuer)) return [];
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const places = [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ];
  for (const place of places) {
    const answer = await ask(new URL(place)).catch(() => undefined);
    const said = answer?.status === 200 ? asObject(answer.text) : undefined;
    if (said === undefined) continue;
    if (said.issuer !== issuer) {
      const fix = `the iss of its tokens is compared with it, character by character: configure ${String(said.issuer)}`;
      return [error(`${place} names the issuer ${String(said.issuer)}, not ${issuer}`, fix)];
    }
    if (said.jwks_uri !== undefined && said.jwks_uri !== jwksUrl) {
      return [
        warning(`${place} names other keys: ${String(said.jwks_uri)}`, 'configure that URL, unless a mirror is meant'),
      ];
    }
    return [ok(`its metadata name the same issuer and keys`)];
  }
  return [];
}

function asObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
