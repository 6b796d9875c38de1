import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { FakeClock } from '@sallyport/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { call, post } from '../test-rig/messages.js';
import { issuer, start, stopAll } from '../test-rig/start.js';

afterEach(stopAll);

describe('drain', () => {
  it('first is not ready but serves on, then refuses, then waits for what runs, and ends', async () => {
    const clock = new FakeClock();
    const { host, waiting, origin, runs, events } = await start({
      clock,
      drain: { preDrainMs: 5_000, graceMs: 30_000 },
    });
    const token = await issuer.mint();
    const running = post(host.url, call('wait'), token);
    await waiting.begun.promise;

    const closed = host.close();
    expect((await fetch(`${origin}/ready`)).status).toBe(503);
    expect((await fetch(`${origin}/health`)).status).toBe(200);
    expect((await post(host.url, call('echo', { text: 'x' }), token)).status).toBe(200);

    await clock.advance(5_000);
    for (const message of [call('echo', { text: 'x' }), { jsonrpc: '2.0', id: 1, method: 'server/discover' }]) {
      const refused = await post(host.url, message, token);
      expect(refused.status).toBe(503);
      expect(refused.headers.get('connection')).toBe('close');
      expect(await refused.json()).toMatchObject({
        error: { code: 50302, data: { code: 'SHUTTING_DOWN', retryable: true } },
      });
    }

    waiting.release.resolve();
    expect(await (await running).text()).toContain('waited');
    expect(await closed).toEqual({ cutOff: 0 });
    expect(await host.drained).toEqual({ cutOff: 0 });
    expect(runs).toContain('wait finished');
    await expect(fetch(`${origin}/health`)).rejects.toThrow();
    expect(events.map(({ event }) => event)).toEqual(['listening', 'draining', 'drained']);
    expect(clock.timers).toBe(0);
  });

  it('interrupts at grace less five seconds, and the caller is told so', async () => {
    const clock = new FakeClock();
    const { host, waiting, runs } = await start({ clock, drain: { graceMs: 30_000 } });
    const running = post(host.url, call('wait'), await issuer.mint());
    await waiting.begun.promise;
    const closed = host.close();
    await clock.advance(24_999);
    expect(runs).toEqual([]);
    await clock.advance(1);
    expect(await waiting.aborted.promise).toMatchObject({ code: 'SHUTTING_DOWN' });
    expect(await (await running).text()).toContain('SHUTTING_DOWN');
    expect(await closed).toEqual({ cutOff: 1 });
  });

  it('joined by a second close, runs once, and calls onClose when the last call has ended', async () => {
    const order: string[] = [];
    const { host, waiting, runs } = await start({ onClose: () => order.push(...runs, 'closed') });
    const running = post(host.url, call('wait'), await issuer.mint());
    await waiting.begun.promise;
    const both = [host.close(), host.close()];
    waiting.release.resolve();
    await Promise.all([running, ...both]);
    expect(order).toEqual(['wait finished', 'closed']);
  });

  it('cuts a connection that says nothing', async () => {
    const { host, origin } = await start();
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    await once(socket, 'connect');
    await host.close();
    await once(socket, 'close');
  });

  it('closes connections that idle', async () => {
    const { host, origin } = await start();
    await (await fetch(`${origin}/health`)).text();
    await host.close();
    await expect(fetch(`${origin}/health`)).rejects.toThrow();
  });
});

describe('signals', () => {
  /** A server of its own in a process of its own, which tells when its call runs. */
  async function child() {
    const process = fork(new URL('../test-rig/served.ts', import.meta.url), {
      execArgv: ['--import', 'tsx'],
      stdio: 'ignore',
    });
    const exited = once(process, 'exit') as Promise<[code: number | null]>;
    const next = async () => ((await once(process, 'message')) as [string])[0];
    return { process, exited, next, url: await next() };
  }

  it('SIGTERM waits for the call that runs and exits with 0', async () => {
    const { process, exited, next, url } = await child();
    const running = post(url, call('slow'));
    expect(await next()).toBe('began');
    process.kill('SIGTERM');
    expect(await next()).toBe('draining');
    process.send('go on');
    expect(await (await running).text()).toContain('slept');
    expect((await exited)[0]).toBe(0);
  });

  it('a call that is cut off makes it exit with 1', async () => {
    const { process, exited, next, url } = await child();
    const running = post(url, call('endless'));
    expect(await next()).toBe('began');
    process.kill('SIGINT');
    expect(await (await running).text()).toContain('SHUTTING_DOWN');
    expect((await exited)[0]).toBe(1);
  });

  it('a second signal exits at once', async () => {
    const { process, exited, next, url } = await child();
    const running = post(url, call('stubborn')).then((response) => response.text());
    const cut = expect(running).rejects.toThrow();
    expect(await next()).toBe('began');
    process.kill('SIGTERM');
    expect(await next()).toBe('draining');
    process.kill('SIGTERM');
    expect((await exited)[0]).toBe(1);
    await cut;
  });
});
