import { agent } from './agent.js';

// An agent in a process of its own, so that what it does to itself is not measured as what it does to others.
const [url = '', token = '', perSecond, ms, maxOpen] = process.argv.slice(2);
const target = { url, token: token === '' ? undefined : token };
const { latencies, refusals } = await agent(target, Number(perSecond), Number(ms), Number(maxOpen));
process.stdout.write(JSON.stringify({ latencies, refusals: [...refusals] }));
