import { layerHarness, testPrincipal } from '@sallyport/testkit';
import { expect, test } from 'vitest';
import type { ToolResult } from '../tool-result.js';
import { tenant } from './tenant.js';

const { tenant: _, ...homeless } = testPrincipal();
const echo = async (call: { tenant: string }): Promise<ToolResult> => ({ structuredContent: call.tenant });

test('binds the call to the tenant of its principal, whatever the arguments and the metadata say', async () => {
  const harness = layerHarness(tenant('fallback'), {}, echo);
  const call = {
    principal: testPrincipal({ tenant: 'acme' }),
    input: { tenant: 'globex' },
    meta: { tenant: 'globex' },
  };
  expect(await harness.call(call)).toEqual({ structuredContent: 'acme' });
});

test('a principal without a tenant is refused, unless the server says that it has only one', async () => {
  await expect(layerHarness(tenant(), {}, echo).call({ principal: homeless })).rejects.toMatchObject({
    code: 'TENANT_FORBIDDEN',
  });
  expect(await layerHarness(tenant('only'), {}, echo).call({ principal: homeless })).toEqual({
    structuredContent: 'only',
  });
});

test.each(['', ' ', 'a b', "a'b", 'a/b', '../b', 'a\nb', 'a{b}', 'é', 'x'.repeat(129)])(
  'a tenant that would need quoting somewhere is refused without showing it: %j',
  async (name) => {
    const error: unknown = await layerHarness(tenant(), {}, echo)
      .call({ principal: testPrincipal({ tenant: name }) })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'TENANT_FORBIDDEN',
      message: 'The tenant of the access token is not a valid name.',
    });
    expect(() => tenant(name)).toThrow(RangeError);
  },
);

test('the effective policy says where the tenant comes from', () => {
  expect(layerHarness(tenant(), {}).tool.policy).toEqual({ tenant: { from: 'principal' } });
  expect(layerHarness(tenant('only'), {}).tool.policy).toEqual({ tenant: { from: 'principal', fallback: 'only' } });
});
