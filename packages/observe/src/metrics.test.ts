import { spawnSync } from 'node:child_process';
import { env } from 'node:process';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { localFallback, type Measure, memoryAdmission, ToolError, type ToolFacts } from '@sallyport/core';
import { testPrincipal } from '@sallyport/testkit';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { scrape, watched } from '../test-rig/watched.js';
import { serveMetrics } from './serve-metrics.js';

const spec = { name: 'echo', description: 'Echoes.', access: 'read', input: z.object({}) } as const;

/** A page on which everything has happened at least once. */
async function page() {
  const { stack, telemetry, clock } = watched({
    agentLimits: { perMinute: 2 },
    admission: localFallback(memoryAdmission(), 1),
    report: () => {},
  });
  const ofIssuer = (name: string, kind: Measure['kind'], value: number, cache: object = {}): Measure => {
    return { name, help: 'Of an issuer.', kind, value, labels: { issuer: 'https://login.example.com', ...cache } };
  };
  telemetry.publish('auth', () => [
    ofIssuer('jwks_age_seconds', 'gauge', Number.NaN),
    ofIssuer('tokens_total', 'counter', 3, { cache: 'hit' }),
    ofIssuer('tokens_total', 'counter', 1, { cache: 'miss' }),
  ]);
  const echo = stack.tool({ ...spec, depends: 'db', handler: () => 'x' });
  const pay = stack.tool({
    ...spec,
    name: 'pay',
    access: 'write',
    effects: 'natural',
    handler: () => Promise.reject(new Error('x')),
  });
  const auth = testPrincipal();
  for (let call = 0; call < 3; call++) await echo.call({ input: {}, auth });
  await pay.call({ input: {}, auth: testPrincipal({ subject: 'other' }) });
  await echo.call({ input: {} });
  await clock.advance(0);
  return { text: await scrape(telemetry), telemetry, echo };
}

test('a page has the duration by tool, status and code, denials by limit, and the measures of the layers', async () => {
  const { text } = await page();
  const has = (line: RegExp) => expect(text).toMatch(line);
  has(/^mcp_server_operation_duration_seconds_count\{(?=.*gen_ai_tool_name="echo")(?=.*status="success").*\} 2$/m);
  has(/^mcp_server_operation_duration_seconds_bucket\{(?=.*le="0\.01").*\}/m);
  has(/^mcp_server_operation_duration_seconds_count\{(?=.*error_type="INTERNAL")(?=.*gen_ai_tool_name="pay").*\} 1$/m);
  has(
    /^sallyport_denials_total\{(?=.*code="RATE_LIMITED")(?=.*limit="2 calls per minute reached for this agent").*\} 1$/m,
  );
  has(/^sallyport_admit_admissions_total\{(?=.*limit="2 calls per minute reached for this agent").*\} 3$/m);
  has(/^sallyport_admission_duration_seconds_count(\{.*\})? 4$/m);
  has(/^sallyport_idempotency_total\{(?=.*outcome="failed").*\} 1$/m);
  has(/^sallyport_depend_breaker_open\{(?=.*dependency="db").*\} 0$/m);
  has(/^sallyport_shed_calls_total\{(?=.*priority="batch").*\} 0$/m);
  has(/^sallyport_shed_limit(\{.*\})? 500$/m);
  has(/^sallyport_admit_fallback(\{.*\})? 0$/m);
  has(/^sallyport_admit_store_failures_total(\{.*\})? 0$/m);
  has(/^sallyport_auth_jwks_age_seconds\{(?=.*issuer="https:\/\/login\.example\.com").*\} NaN$/m);
  has(/^sallyport_auth_tokens_total\{(?=.*cache="hit").*\} 3$/m);
  has(/^sallyport_auth_tokens_total\{(?=.*cache="miss").*\} 1$/m);
  has(/^sallyport_in_flight(\{.*\})? 0$/m);
  has(/^sallyport_leases(\{.*\})? 0$/m);
  has(/^sallyport_event_loop_delay_seconds(\{.*\})? /m);
});

test('what clients cancel is no denial', async () => {
  const { stack, telemetry } = watched();
  const echo = stack.tool({ ...spec, handler: () => 'x' });
  await echo.call({ input: {}, auth: testPrincipal(), signal: AbortSignal.abort() });
  expect(await scrape(telemetry)).not.toMatch(/^sallyport_denials_total.*CANCELLED/m);
});

test('a limit that a handler names makes no series: only those that refused admission do', async () => {
  const { stack, telemetry } = watched();
  const echo = stack.tool({
    ...spec,
    handler: () => {
      throw new ToolError('RATE_LIMITED', 'Too many.', { limit: 'whatever came with the request' });
    },
  });
  await echo.call({ input: {}, auth: testPrincipal() });
  const denials = (await scrape(telemetry)).match(/^sallyport_denials_total.*$/gm);
  expect(denials?.map((line) => line.split(' ')[0])).toEqual(['sallyport_denials_total{code="RATE_LIMITED"}']);
});

test('refusals of the edge are counted by code, and by nothing that came with the request', async () => {
  const { telemetry } = watched();
  const { onRefusal } = telemetry;
  const tool = { name: 'pay', version: '1' } as ToolFacts;
  for (let i = 0; i < 1_000; i++)
    onRefusal({ code: 'RATE_LIMITED', principal: testPrincipal({ subject: `a-${i}` }), tool });
  onRefusal({ code: 'UNAUTHENTICATED' });
  const lines = (await scrape(telemetry)).match(/^sallyport_refusals_total.*$/gm);
  expect(lines?.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    'sallyport_refusals_total{code="RATE_LIMITED"} 1000',
    'sallyport_refusals_total{code="UNAUTHENTICATED"} 1',
  ]);
});

test('other readers get the same histogram, and Prometheus shows it once', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000 });
  const { stack, telemetry } = watched({}, { readers: [reader] });
  await stack.tool({ ...spec, handler: () => 'x' }).call({ input: {}, auth: testPrincipal() });
  await reader.forceFlush();
  const metrics = exporter.getMetrics()[0]?.scopeMetrics[0]?.metrics ?? [];
  const duration = metrics.find(({ descriptor }) => descriptor.name === 'mcp.server.operation.duration');
  expect(duration?.dataPoints[0]).toMatchObject({
    attributes: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'echo', status: 'success' },
    value: { count: 1 },
  });
  const counts = (await scrape(telemetry)).match(/^mcp_server_operation_duration_seconds_count/gm);
  expect(counts).toHaveLength(1);
  await telemetry.close();
});

test('neither agents nor tenants nor limits by plan make series: their number stays', async () => {
  let plan = 0;
  const { stack, telemetry } = watched({ agentLimits: () => ({ perMinute: 1 + (plan % 300) }), report: () => {} });
  const echo = stack.tool({ ...spec, handler: () => 'x' });
  const series = async () =>
    (await scrape(telemetry)).split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  const hammer = async (times: number, from: number) => {
    for (plan = from; plan < from + times; plan++) {
      const auth = testPrincipal({ subject: `agent-${plan}`, tenant: `tenant-${plan}` });
      for (let call = 0; call < 2 + (plan % 300); call++) await echo.call({ input: {}, auth });
    }
  };
  await hammer(150, 0);
  const before = await series();
  await hammer(60, 150);
  expect(await series()).toBeLessThanOrEqual(before + 1);
  expect(await scrape(telemetry)).toContain('limit="other"');
});

const promtool = spawnSync('promtool', ['--version']).status === 0;
if (!promtool)
  console.warn('SKIPPED: promtool is not installed (apt-get install prometheus); metrics are not checked with it');

test('promtool is there where everything must be checked', () => {
  expect(promtool || env.CI !== 'true').toBe(true);
});

describe.skipIf(!promtool)('promtool', () => {
  test('parses a page and has nothing to say about our names', async () => {
    const { text } = await page();
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect(checked.stderr).toBe('');
    expect(checked.status).toBe(0);
  });

  test('finds a page that is wrong', () => {
    expect(spawnSync('promtool', ['check', 'metrics'], { input: 'a{ 1\n' }).status).not.toBe(0);
  });
});

test('the listener answers GET /metrics and nothing else', async () => {
  const { telemetry } = await page();
  const listener = await serveMetrics(telemetry, { port: 0 });
  const answer = await fetch(listener.url);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
  expect(await answer.text()).toContain('mcp_server_operation_duration_seconds');
  expect((await fetch(listener.url, { method: 'POST' })).status).toBe(405);
  expect((await fetch(new URL('/', listener.url))).status).toBe(404);
  await listener.close();
  await expect(fetch(listener.url)).rejects.toThrow();
});
