import type { DevelopmentIssuer } from './development-issuer.js';

const scope = 'mcp:tools:read mcp:tools:write';

/** What `start` prints on a developer's machine: two tokens and the exact lines to use them. */
export async function linesToTry(url: string, issuer: DevelopmentIssuer): Promise<string> {
  const acme = await issuer.mint({ tenant: 'acme', agent: 'agent-acme', scope });
  const globex = await issuer.mint({ tenant: 'globex', agent: 'agent-globex', scope });
  const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'list_tables', arguments: {} } };
  const client = {
    mcpServers: {
      'sallyport-postgres': {
        command: 'npx',
        args: ['-y', 'mcp-remote', url, '--header', `Authorization: Bearer ${acme}`],
      },
    },
  };
  return `Development tokens, good for 12 hours on this machine. Tenant acme:

${acme}

Tenant globex:

${globex}

Try it with curl:

curl -s ${url} \\
  -H 'Content-Type: application/json' \\
  -H 'Accept: application/json, text/event-stream' \\
  -H 'Authorization: Bearer ${acme}' \\
  -d '${JSON.stringify(message)}'

Configuration of a desktop agent that speaks HTTP: the URL above and the header. For one that starts programs:

${JSON.stringify(client, null, 2)}

One more token: npx pnpm@12 -s run token --tenant acme --agent agent-42 --scope "${scope}"

`;
}
