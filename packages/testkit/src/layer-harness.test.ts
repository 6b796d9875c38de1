import { deadline, tenant } from '@sallyport/core';
import { expect, test } from 'vitest';
import { layerHarness } from './layer-harness.js';
import { testPrincipal } from './principal.js';

test('calls one layer with a made-up call, and shows what the layer passes on', async () => {
  const harness = layerHarness(tenant(), {}, async (call) => ({ content: [{ type: 'text', text: call.tenant }] }));
  const result = await harness.call({ principal: testPrincipal({ tenant: 'globex' }) });
  expect(result.content).toEqual([{ type: 'text', text: 'globex' }]);
});

test('rejects with what the layer throws, and not with a result', async () => {
  const harness = layerHarness(tenant(), {});
  const { tenant: _, ...homeless } = testPrincipal();
  await expect(harness.call({ principal: homeless })).rejects.toMatchObject({ code: 'TENANT_FORBIDDEN' });
});

test('what the tool declares reaches the layer, and its effective policy the tool', () => {
  expect(layerHarness(deadline(), { timeoutMs: 7 }).tool.policy).toEqual({ deadline: { timeoutMs: 7 } });
});
