import { FastMCP } from 'fastmcp';
import { echo, echoInput } from '../../support/echo.js';
import { toolNames } from '../../support/tool-names.js';
import { ready } from './ready.js';
import { serverOptions } from './server-options.js';

// FastMCP's stateless mode, as its README has it, but silent: by default it writes a line per request. It does not say which
// port it took, so it must be told one.
const { port, tools } = serverOptions();
const silent = () => {};
const logger = { debug: silent, error: silent, info: silent, log: silent, warn: silent };
const server = new FastMCP({ name: 'fastmcp', version: '1.0.0', logger });
for (const name of toolNames(tools)) {
  server.addTool({
    name,
    description: `The tool ${name}.`,
    parameters: echoInput(),
    execute: async (input) => echo(input),
  });
}
await server.start({ transportType: 'httpStream', httpStream: { port, host: '127.0.0.1', stateless: true } });
ready(`http://127.0.0.1:${port}/mcp`);
