import { beforeAll, describe, expect, it } from 'vitest';
import { agentPlan, scenarioOf, weather } from '../../test-rig/storms.js';
import { behaviours } from './behaviours.js';
import { callerOf } from './caller-of.js';
import type { StormReport } from './report.js';
import { reportPage } from './report-page.js';
import { reportTable } from './report-table.js';

const secret = `e30.${Buffer.from(JSON.stringify({ sub: '<b>&"\'', tenant: 'a\u001b[31m' })).toString('base64url')}.signature`;
let report: StormReport;
beforeAll(async () => {
  const agents = Object.entries(behaviours(3)).map(([name, behaviour]) =>
    agentPlan(behaviour, `${name}<script>`, { class: `${name}<script>`, caller: callerOf(secret) }),
  );
  const weathered = await weather(scenarioOf(agents), (_, number) =>
    number % 3 === 0
      ? { afterMs: 5, outcome: { kind: 'denied', code: 'RATE_LIMITED' } }
      : {
          afterMs: 20 + (number % 50),
          outcome: number % 7 === 0 ? { kind: 'broken', code: 'closed' } : { kind: 'ok' },
        },
  );
  report = weathered.report;
});

describe('the page', () => {
  it('needs nothing else: no scripts, and nothing that is fetched', () => {
    const page = reportPage(report);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\bsrc=|\bhref=|javascript:| on\w+=/i);
  });

  it('shows what others named as text', () => {
    const page = reportPage(report);
    expect(page).not.toContain('<b>');
    expect(page).toContain('planner&#60;script&#62;');
  });

  it('describes every chart, under ids that are its own, and has its figures in a table', () => {
    const page = reportPage(report);
    const charts = [
      ...page.matchAll(
        /<svg[^>]*role="img" aria-labelledby="(\S+) (\S+)">\n<title id="(\S+)">([^<]+)<\/title><desc id="(\S+)">([^<]+)</g,
      ),
    ];
    expect(charts.length).toBe(5);
    expect(page.match(/<svg[^>]*role="img"/g)?.length).toBe(charts.length);
    for (const [, title, description, titleId, , descriptionId] of charts) {
      expect([title, description]).toEqual([titleId, descriptionId]);
    }
    expect(new Set(charts.map(([, title]) => title)).size).toBe(charts.length);
    expect(page.match(/<table>/g)?.length).toBeGreaterThanOrEqual(charts.length);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('is whole for a storm that saw nothing', async () => {
    const agents = [agentPlan({ rhythm: { kind: 'loop', thinkMs: 5 }, manners: { kind: 'ignores' } })];
    const nothing = await weather(scenarioOf(agents, { durationMs: 1 }), () => 'never', 0);
    const page = reportPage(nothing.report);
    expect(page).toContain('</html>');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    expect(reportTable(nothing.report)).not.toMatch(/NaN|undefined|Infinity/);
  });
});

it('no token is in a report, however it is written', () => {
  for (const text of [reportPage(report), reportTable(report), JSON.stringify(report)]) {
    expect(text).not.toContain('signature');
  }
});

it('the table has nothing that a terminal obeys', () => {
  expect(reportTable(report)).not.toContain(String.fromCharCode(27));
});
