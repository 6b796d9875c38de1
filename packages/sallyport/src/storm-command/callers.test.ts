import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, jwtVerify } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { CannotRun } from '../cannot-run.js';
import { callersFrom } from './callers.js';

const facts = { issuer: 'http://issuer.test', audience: 'urn:test', scope: 'mcp:tools:read', plan: 'pro' };
const common = { tokens: [], facts, tenants: ['acme', 'globex'], count: 4, seed: 9 };
let folder: string;
const file = async (name: string, text: string): Promise<string> => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-callers-'));
});

it('without tokens there is one caller, anonymous', async () => {
  expect(await callersFrom(common)).toEqual([{ tenant: '(anonymous)', subject: '(anonymous)' }]);
});

it('tokens come from the command line and from the lines of a file, empty ones and comments left out', async () => {
  const tokensFile = await file('tokens', '# mine\n\n two \nthree\n');
  const callers = await callersFrom({ ...common, tokens: ['one'], tokensFile });
  expect(callers.map(({ token }) => token)).toEqual(['one', 'two', 'three']);
});

describe('the key of an issuer', () => {
  it('signs a token for each agent, of the tenants in turn, that a verifier takes', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const issuerKey = await file('key.json', JSON.stringify(await exportJWK(privateKey)));
    const callers = await callersFrom({ ...common, issuerKey });
    expect(callers.map(({ tenant, subject }) => `${tenant} ${subject}`)).toEqual([
      'acme storm-9-1',
      'globex storm-9-2',
      'acme storm-9-3',
      'globex storm-9-4',
    ]);
    const { issuer, audience, scope, plan } = facts;
    const { payload } = await jwtVerify(callers[1]?.token ?? '', publicKey, { issuer, audience, typ: 'at+jwt' });
    expect(payload).toMatchObject({ sub: 'storm-9-2', tenant: 'globex', scope, plan });
  });

  it.each(['{}', 'no json', '{"kty":"EC","d":"c2VjcmV0"}'])(
    'that is none is refused without being shown: %s',
    async (text) => {
      const issuerKey = await file('bad.json', text);
      const failure = callersFrom({ ...common, issuerKey });
      await expect(failure).rejects.toThrow(CannotRun);
      await expect(failure).rejects.not.toThrow(/c2VjcmV0/);
    },
  );

  it('and tokens exclude each other; a file that is not there is said to be', async () => {
    await expect(callersFrom({ ...common, tokens: ['one'], issuerKey: 'x' })).rejects.toThrow('exclude each other');
    await expect(callersFrom({ ...common, tokensFile: join(folder, 'none') })).rejects.toThrow('cannot be read');
    await expect(callersFrom({ ...common, issuerKey: join(folder, 'none') })).rejects.toThrow('cannot be read');
  });
});
