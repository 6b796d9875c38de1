import { parseArgs } from 'node:util';
import { startFakeProvider } from './payments/fake-provider.js';

const help = `A payment provider that pays nobody, for refund_order.

  --port N   default 4000
  --help     this text

  curl -X PUT -d '{"fault":"lost answer"}' http://127.0.0.1:4000/fault   # none, lost answer, down, declined, slow
  curl http://127.0.0.1:4000/refunds
`;

const { values } = parseArgs({
  options: { port: { type: 'string', default: '4000' }, help: { type: 'boolean', default: false } },
});
if (values.help) {
  process.stdout.write(help);
} else {
  const provider = await startFakeProvider(Number(values.port));
  process.stdout.write(`ready ${provider.url}\n`);
  const stop = async (): Promise<void> => {
    clearInterval(alive);
    await provider.close();
  };
  const alive = setInterval(() => {}, 60_000);
  process.once('SIGTERM', () => void stop());
  process.once('SIGINT', () => void stop());
}
