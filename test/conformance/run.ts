import { join } from 'node:path';
import { startFixture } from './fixture/start.js';
import { installSuite, runSuite } from './suite.js';
import { tally } from './tally.js';

/** `npx pnpm@12 conformance`: the official suite at both revisions. Exits with 1 unless every scored scenario passes. */
const expected = { '2025-11-25': 30, '2026-07-28': 37 };
/** Run beside the scored ones; these we hold ourselves to as well. */
const ours = ['json-schema-2020-12', 'http-header-validation', 'http-custom-header-server-validation'];

const folder = join(import.meta.dirname, '../../node_modules/.cache/conformance');
await installSuite(folder);
const host = await startFixture(0);
let green = true;
for (const [revision, count] of Object.entries(expected)) {
  const { passed, output } = await runSuite(folder, host.url, revision);
  const { scored, unscored, failed } = tally(output);
  const missed = unscored.filter((scenario) => !scenario.passed && ours.includes(scenario.name));
  const good = passed && scored.passed === count && scored.all === count && missed.length === 0;
  green &&= good;
  console.log(`${revision}: ${scored.passed} of ${scored.all} scored scenarios, ${scored.checks} checks passed`);
  for (const { name, reason, passed: well } of unscored)
    console.log(`  ${well ? '✓' : '✗'} ${name} (${reason}, not scored)`);
  for (const name of failed) console.log(`  ✗ ${name} FAILED`);
  if (!good) console.log(output.slice(output.indexOf('=== SUMMARY ===')));
}
await host.close();
process.exitCode = green ? 0 : 1;
