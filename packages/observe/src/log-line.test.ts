import { testPrincipal } from '@sallyport/testkit';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { watched } from '../test-rig/watched.js';

async function lineOf(auth: Parameters<typeof testPrincipal>[0], requestId = '1'): Promise<Record<string, unknown>> {
  const { stack, lines } = watched();
  const tool = stack.tool({
    name: 'echo',
    description: 'Echoes.',
    access: 'read',
    input: z.object({}),
    handler: () => 'x',
  });
  await tool.call({ input: {}, auth: testPrincipal(auth), requestId });
  return lines()[0] ?? {};
}

test.each<[issuer: string, who: { subject: string; tenant: string; clientId: string; plan: string }]>([
  [
    'Entra',
    {
      subject: 'AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ',
      tenant: '72f988bf-86f1-41af-91ab-2d7cd011db47',
      clientId: '6731de76-14a6-49ae-97bc-6eba6914391e',
      plan: 'enterprise',
    },
  ],
  [
    'Auth0',
    {
      subject: 'auth0|64f1c2a9e4b0a1b2c3d4e5f6',
      tenant: 'org_2aBcD3eFgH4iJkL5mNoP6qRsT',
      clientId: 'k3JH4g5h6J7k8L9z0X1c2V3b4N5m6Q7w',
      plan: 'plan_P1aB2cD3eF4gH5iJ6kL7mN8o',
    },
  ],
  [
    'Okta',
    { subject: 'ada@shop.example', tenant: '00o1b2c3d4E5F6G7H8i9', clientId: '0oa1b2c3d4e5f6g7h8i9', plan: 'gold' },
  ],
  [
    'Cognito',
    {
      subject: 'c56a4180-65aa-42ec-a945-5fd21dec0538',
      tenant: 'eu-central-1_Ab1Cd2Ef3',
      clientId: '1h57kf5cpq17m0eml12EXAMPLE',
      plan: 'eu-central-1:8f2c0d1e-9a7b-4c6d-8e5f-0a1b2c3d4e5f',
    },
  ],
  [
    'Keycloak',
    {
      subject: 'f:5e6f7a8b-1c2d-4e3f-9a0b-1c2d3e4f5a6b:ada',
      tenant: '5e6f7a8b-1c2d-4e3f-9a0b-1c2d3e4f5a6b',
      clientId: 'https://shop.example/clients/4111111111111111',
      plan: 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4',
    },
  ],
])('who called is logged as %s names it', async (_, { subject, tenant, clientId, plan }) => {
  expect(await lineOf({ subject, tenant, clientId, plan })).toMatchObject({
    agent_id: subject,
    client_id: clientId,
    tenant,
    plan,
  });
});

test('what a token says is logged in 128 characters, on one line of any terminal', async () => {
  const long = `\u001b[2J\n${'a'.repeat(200)}`;
  const short = `\uFFFD[2J\uFFFD${'a'.repeat(123)}…`;
  expect(await lineOf({ subject: long, tenant: long, clientId: long, plan: long })).toMatchObject({
    agent_id: short,
    tenant: short,
    client_id: short,
    plan: short,
  });
});

test.each([
  'c56a4180-65aa-42ec-a945-5fd21dec0538',
  'C56A4180-65AA-42EC-A945-5FD21DEC0538',
  '1764173000002',
  'req-1764173000002-1',
])('the id %s that a client gave its request is logged as it is', async (id) => {
  expect((await lineOf({}, id)).request_id).toBe(id);
});

test.each(['378282246310005', '4222222222222', '4111111111111111', 'pwd:hunter2', `ghp_${'a1B2'.repeat(9)}`])(
  'of the id %s that a client gave its request nothing is logged',
  async (id) => {
    expect((await lineOf({}, id)).request_id).toBe('[redacted]');
  },
);
