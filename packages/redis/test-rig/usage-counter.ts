import { UsageMeter } from '@sallyport/core';
import { testPrincipal } from '@sallyport/testkit';
import { redisUsage } from '../src/redis-usage.js';
import { connected } from './admission-on.js';

/** A process of its own: counts seven calls, records them, says how many it has recorded in all, and never ends by itself. */
const [url = '', prefix = ''] = process.argv.slice(2);
const meter = new UsageMeter(redisUsage(await connected(url, 5_000), { prefix }));
const count = meter.tool('echo');
for (let recorded = 7; ; recorded += 7) {
  for (let call = 0; call < 7; call++) {
    count(testPrincipal(), { calls: 1, handlerMs: 1, inputTokens: 1, outputTokens: 1, cost: 1 });
  }
  await meter.flush();
  process.stdout.write(`${recorded}\n`);
}
