import { spawnSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jwtAuthenticator } from '@sallyport/auth';
import { errorTable, hardened, localFallback, memoryAdmission } from '@sallyport/core';
import { observe } from '@sallyport/observe';
import { auditTrail } from '@sallyport/postgres';
import { testPrincipal, tokenIssuer } from '@sallyport/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { sallyport } from './support/cli.js';
import { emptyFolder } from './support/example-server.js';
import { installed } from './support/installed.js';

const ownedTools = fileURLToPath(new URL('support/owned-tools.ts', import.meta.url));
let out: string;
const written = (name: string) => readFile(join(out, name), 'utf8');

beforeAll(async () => {
  out = join(await emptyFolder(), 'deep', 'ops');
  const run = await sallyport([
    'ops',
    ownedTools,
    '--out',
    out,
    '--runbook-url',
    'https://wiki.example.com/mcp/',
    '--json',
  ]);
  expect(run.stderr).toBe('');
  expect(run.code).toBe(0);
  const { files } = JSON.parse(run.stdout) as { files: string[] };
  expect(files).toContain(join(out, 'alerts.yml'));
  expect(files).toHaveLength(Object.keys(errorTable).length + 6);
});

/** The names of all metrics of a stack in which everything has been counted once. */
async function exported(): Promise<ReadonlySet<string>> {
  const telemetry = observe({ log: false });
  const stack = hardened({ observe: telemetry, admission: localFallback(memoryAdmission(), 1), report: () => {} });
  const tool = stack.tool({
    name: 'x',
    description: 'x',
    access: 'write',
    effects: 'natural',
    depends: 'shop',
    limits: { perMinute: 1 },
    input: z.object({}),
    handler: () => 'x',
  });
  for (let call = 0; call < 2; call++)
    await tool.call({ input: {}, auth: testPrincipal({ scopes: ['mcp:tools:write'] }) });
  telemetry.onRefusal({ code: 'UNAUTHENTICATED' });
  const trail = auditTrail();
  telemetry.publish(trail.name, () => trail.measures?.() ?? []);
  const issuer = await tokenIssuer();
  const auth = jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks() });
  telemetry.publish('auth', () => auth.measures());
  const page = await new Promise<string>((resolve) => {
    telemetry.metrics({} as never, { setHeader() {}, end: resolve, statusCode: 200 } as never);
  });
  await telemetry.close();
  return new Set([...page.matchAll(/^(\w+)(?:\{| )/gm)].map(([, name = '']) => name));
}

test('alerts and dashboard speak of metrics that are really exported, and of no others', async () => {
  const names = await exported();
  const used = async (file: string) =>
    new Set([...(await written(file)).matchAll(/\b(?:sallyport|mcp_server)_\w+/g)].map(([name]) => name));
  const all = new Set([...(await used('alerts.yml')), ...(await used('dashboard.json'))]);
  expect(all.size).toBeGreaterThan(15);
  expect([...all].filter((name) => !names.has(name))).toEqual([]);
});

test('each code has a page with its owner and what the owner does, and the contents lead to it', async () => {
  const pages = await readdir(join(out, 'runbook'));
  expect(new Set(pages)).toEqual(
    new Set(['README.md', 'alerts.md', 'tools', ...Object.keys(errorTable).map((code) => `${code}.md`)]),
  );
  const contents = await written('runbook/README.md');
  for (const [code, { owner, action, means }] of Object.entries(errorTable)) {
    const page = await written(`runbook/${code}.md`);
    expect(page).toContain(means);
    expect(page).toContain(`**Owner:** ${owner}. **What to do:** ${action}`);
    expect(contents).toContain(`| [${code}](${code}.md) | ${owner} | ${action} |`);
  }
});

test('codes whose owner is that of the tool name the owners that the tools name, as text', async () => {
  const page = await written('runbook/TOOL_TIMEOUT.md');
  expect(page).toContain('| [`stock`](tools/stock.md#tool_timeout) | data team |');
  expect(page).toContain('| [`order.place`](tools/order.place.md#tool_timeout) | shop \\| $labels.x "team" |');
  expect(await written('runbook/RATE_LIMITED.md')).not.toContain('data team');
});

test('a tool that names its owner has a page with every code that is its owner\u2019s to mend, and a tool without has none', async () => {
  expect(new Set(await readdir(join(out, 'runbook/tools')))).toEqual(new Set(['stock.md', 'order.place.md']));
  const page = await written('runbook/tools/order.place.md');
  expect(page).toContain('**Owner:** shop \\| $labels.x "team". Each call has 5 seconds.');
  const theirs = Object.entries(errorTable).filter(([, { owner }]) => /tool/.test(owner));
  expect(theirs.length).toBeGreaterThan(3);
  for (const [code, { means, action }] of theirs) {
    expect(page).toContain(`## ${code}\n\n${means}`);
    expect(page).toContain(`**What to do:** ${action}`);
    expect(page).toContain(`.tool_name == "order.place" and .error_code == "${code}"`);
  }
  expect([...page.matchAll(/^## /gm)]).toHaveLength(theirs.length);
  expect(page).toContain('`SallyportErrorRate`');
  expect(page).not.toContain('`SallyportBreakerOpen`');
});

test('every link from one page of the runbook to another leads somewhere', async () => {
  const contents = await written('runbook/README.md');
  const alerts = await written('runbook/alerts.md');
  const headings = [...alerts.matchAll(/^## (\w+)$/gm)].map(([, name = '']) => name.toLowerCase());
  expect(headings.length).toBeGreaterThan(4);
  for (const [, anchor = ''] of contents.matchAll(/alerts\.md#(\w+)/g)) expect(headings).toContain(anchor);
  const folder = join(out, 'runbook');
  const pages = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.md'));
  for (const page of pages) {
    const text = await readFile(join(folder, page), 'utf8');
    for (const [, link = '', anchor] of text.matchAll(/\]\(([^)#]+)(?:#(\w+))?\)/g)) {
      const target = await readFile(join(folder, dirname(page), link), 'utf8');
      if (anchor !== undefined) expect(target.toLowerCase()).toContain(`\n## ${anchor}\n`);
    }
  }
});

test('the dashboard is JSON with panels that do not overlap, each with a query', async () => {
  const { panels } = JSON.parse(await written('dashboard.json')) as {
    panels: { gridPos: { x: number; y: number }; targets: { expr: string }[] }[];
  };
  expect(panels.length).toBeGreaterThan(8);
  expect(new Set(panels.map(({ gridPos: { x, y } }) => `${x} ${y}`)).size).toBe(panels.length);
  for (const { targets } of panels) expect(targets.length).toBeGreaterThan(0);
});

describe.skipIf(!installed('promtool'))('promtool', () => {
  const promtool = (...args: string[]) => spawnSync('promtool', args, { cwd: out, encoding: 'utf8' });

  test('accepts the rules', () => {
    const { status, stdout, stderr } = promtool('check', 'rules', 'alerts.yml');
    expect(stderr).toBe('');
    expect(stdout).toMatch(/SUCCESS: \d\d rules found/);
    expect(status).toBe(0);
  });

  /** What fires after an hour of these series, as `alert owner`. */
  async function firing(series: Record<string, string>, atMinute = 60): Promise<string[]> {
    const test = {
      rule_files: ['alerts.yml'],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
          promql_expr_test: [
            { expr: 'count by (alertname, owner) (ALERTS{alertstate="firing"})', eval_time: `${atMinute}m` },
          ],
        },
      ],
    };
    await writeFile(join(out, 'test.yml'), JSON.stringify(test));
    const { stdout, stderr } = promtool('test', 'rules', 'test.yml');
    const got = /got:(.*)$/s.exec(stdout + stderr)?.[1] ?? '';
    return [...got.matchAll(/\{alertname="(\w+)", owner="((?:[^"\\]|\\.)*)"\}/g)].map(
      ([, name, owner]) => `${name} ${owner}`,
    );
  }
  const calls = (tool: string, error = '', status = 'error') =>
    `mcp_server_operation_duration_seconds_count{gen_ai_tool_name="${tool}",instance="a"${error === '' ? '' : `,error_type="${error}",status="${status}"`}}`;

  test('nothing fires while all is well', async () => {
    const well = {
      'sallyport_admit_fallback{instance="a"}': '0x90',
      'sallyport_depend_breaker_open{instance="a",dependency="warehouse"}': '0x30 1 0x60',
      // Nobody calls any more, so neither finds out that all is well again.
      'sallyport_admit_fallback{instance="idle"}': '0x30 1x60',
      'sallyport_admit_store_failures_total{instance="idle"}': '0x30 5x60',
      'sallyport_depend_breaker_open{instance="idle",dependency="warehouse"}': '0x30 1 0.5x60',
      'sallyport_abandoned{instance="a"}': '0 1 0 1 0x90',
      'sallyport_auth_jwks_age_seconds{instance="a",job="j",issuer="i"}': '0+60x90',
      [calls('stock')]: '0+600x90',
      [calls('stock', 'INTERNAL')]: '0+6x90',
      [calls('stock', 'RATE_LIMITED')]: '0+60x90',
      // Of a client that asks for less time than the tool has.
      [calls('stock', 'TOOL_TIMEOUT', 'cancelled')]: '0x60 0+600x30',
      'sallyport_refusals_total{code="UNAUTHENTICATED",instance="a"}': '0+600x90',
      'sallyport_refusals_total{code="RATE_LIMITED",instance="a"}': '0x60 0+30x30',
    };
    expect(await firing(well, 80)).toEqual([]);
  });

  test.each<[what: string, series: Record<string, string>, alerts: string[]]>([
    [
      'one call in ten of a tool fails: its owner is told',
      { [calls('stock')]: '0+54x60', [calls('stock', 'TOOL_TIMEOUT')]: '0+6x60' },
      ['SallyportErrorRate data team'],
    ],
    [
      'the shared store is away',
      {
        'sallyport_admit_fallback{instance="a"}': '0x55 1x10',
        'sallyport_admit_store_failures_total{instance="a"}': '0x55 5+60x10',
      },
      ['SallyportStoreFallback platform'],
    ],
    [
      'a breaker is open, and probes in vain',
      { 'sallyport_depend_breaker_open{dependency="warehouse"}': '0x50 1 0.5 1 0.5 1 0.5 1 0.5 1 0.5 1' },
      ['SallyportBreakerOpen owner of the dependency'],
    ],
    [
      'an outcome is not in the audit trail',
      { sallyport_audit_outcomes_lost_total: '0x55 1x10' },
      ['SallyportAuditOutcomeLost platform'],
    ],
    ['handlers do not end', { sallyport_abandoned: '0x30 2x30' }, ['SallyportAbandonedHandlers tool owner']],
    [
      'keys are old although tokens come in',
      {
        'sallyport_auth_jwks_age_seconds{issuer="i"}': '3000+60x60',
        'sallyport_auth_tokens_total{issuer="i",cache="miss"}': '0+1x60',
      },
      ['SallyportKeysOld identity'],
    ],
    [
      'denials of one code are suddenly many',
      { [calls('stock', 'RATE_LIMITED')]: '0x50 0+600x10' },
      ['SallyportRateLimited platform'],
    ],
    [
      'the edge suddenly refuses many tokens: who looks after identity is told, on whichever instance it is',
      {
        'sallyport_refusals_total{code="UNAUTHENTICATED",instance="a"}': '0+6x50 300+60x10',
        'sallyport_refusals_total{code="UNAUTHENTICATED",instance="b"}': '_x50 0+60x10',
        'sallyport_refusals_total{code="INSUFFICIENT_SCOPE",instance="a"}': '0+60x60',
      },
      ['SallyportEdgeRefusals identity'],
    ],
    [
      'callers that keep on are suddenly many, the first of all',
      { 'sallyport_refusals_total{code="RATE_LIMITED"}': '_x48 0+600x12' },
      ['SallyportEdgeRefusals platform'],
    ],
    [
      'one write of which nobody knows, the first of all',
      { [calls('order.place', 'OUTCOME_UNKNOWN')]: '_x55 1x5' },
      ['SallyportOutcomeUnknown shop | $labels.x \\"team\\"'],
    ],
    [
      'a tool is slow by the time it has',
      {
        'mcp_server_operation_duration_seconds_bucket{gen_ai_tool_name="order.place",le="2"}': '0+0x60',
        'mcp_server_operation_duration_seconds_bucket{gen_ai_tool_name="order.place",le="5"}': '0+60x60',
        'mcp_server_operation_duration_seconds_bucket{gen_ai_tool_name="order.place",le="+Inf"}': '0+60x60',
        'mcp_server_operation_duration_seconds_bucket{gen_ai_tool_name="stock",le="5"}': '0+60x60',
        'mcp_server_operation_duration_seconds_bucket{gen_ai_tool_name="stock",le="+Inf"}': '0+60x60',
      },
      ['SallyportTailLatency tool owner'],
    ],
  ])('an alert fires when %s', async (_what, series, alerts) => {
    expect(await firing(series)).toEqual(alerts);
  });
});
