import { parseArgs } from 'node:util';
import { openDevelopmentIssuer } from './development-issuer.js';

/** Those of migrations/0002-seed.sql. */
const seededTenants: ReadonlySet<string> = new Set(['acme', 'globex']);

const help = `Prints a token of the development issuer, and nothing else.

  --tenant NAME   acme or globex (required)
  --agent NAME    the token's subject (default agent-1)
  --scope LIST    scopes, separated by spaces (default "mcp:tools:read")
  --plan NAME     the token's plan
  --help          this text
`;

try {
  const { values } = parseArgs({
    options: {
      tenant: { type: 'string' },
      agent: { type: 'string', default: 'agent-1' },
      scope: { type: 'string', default: 'mcp:tools:read' },
      plan: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
  } else if (values.tenant === undefined) {
    throw new TypeError('--tenant is required');
  } else if (!seededTenants.has(values.tenant)) {
    throw new TypeError(`--tenant: there is no such tenant; there are ${[...seededTenants].join(' and ')}`);
  } else {
    const issuer = await openDevelopmentIssuer();
    const { tenant, agent, scope, plan } = values;
    process.stdout.write(`${await issuer.mint({ tenant, agent, scope, ...(plan === undefined ? {} : { plan }) })}\n`);
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${help}`);
  process.exitCode = 2;
}
