import { expect, test } from 'vitest';
import { clientNames, clients } from './support/clients.js';
import { codeOf } from './support/example-calls.js';
import { emptyFolder, stdioTarget } from './support/example-server.js';

test.each(clientNames)(
  'over stdio the configuration says who calls: its tenant, its scopes, its limits; %s',
  async (name) => {
    const env = { STDIO_TENANT: 'globex', STDIO_AGENT: 'desktop', STDIO_SCOPE: 'mcp:tools:read' };
    const client = await clients[name](stdioTarget(await emptyFolder(), env));
    try {
      const sql = 'select distinct tenant_id from invoices';
      expect(await client.call('run_query', { sql })).toMatchObject({ structuredContent: { rows: [['globex']] } });
      const invoice = { customer_id: 2, amount_cents: 1, currency: 'EUR' };
      const denied = await client.call('create_invoice', invoice);
      expect(codeOf(denied)).toBe('INSUFFICIENT_SCOPE');
      expect(denied.content[0]?.text).toContain('mcp:tools:write');
      const answers = await Promise.all(Array.from({ length: 20 }, () => client.call('slow_report', { seconds: 0.3 })));
      expect(answers.filter((answer) => answer.isError !== true)).toHaveLength(5);
      for (const answer of answers.filter((each) => each.isError === true)) {
        expect(answer.content[0]?.text).toMatch(/^RATE_LIMITED: 5 calls at once reached for this agent\./);
      }
    } finally {
      await client.close();
    }
  },
  // The 2.x client starts the program twice, and each start makes a database.
  120_000,
);
