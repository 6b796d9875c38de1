import { mount } from '../src/index.js';

// An app whose server is closed already, so that nothing keeps the process but what closes last.
const mcp = mount([], { serverInfo: { name: 'close-alone', version: '1' }, anonymous: true, log() {} });
console.log(JSON.stringify(await mcp.close()));
