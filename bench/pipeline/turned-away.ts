import { once } from 'node:events';
import { connect } from 'node:net';
import { jwtAuthenticator } from '@sallyport/auth';
import { hardened } from '@sallyport/core';
import { serve } from '@sallyport/http';
import { FakeClock, tokenIssuer } from '@sallyport/testkit';
import { echoSpec } from './echo-spec.js';

/** A caller that was told to wait, keeps calling, and is turned away by the edge. */
export interface TurnedAway {
  /** Microseconds of CPU time per answer over so many, one after the other; the caller is in this process as well. */
  time(answers: number): Promise<number>;
  close(): Promise<void>;
}

export async function turnedAway(): Promise<TurnedAway> {
  const clock = new FakeClock();
  const issuer = await tokenIssuer();
  const host = await serve([hardened({ agentLimits: { perHour: 1 }, report: () => {} }).tool(echoSpec)], {
    serverInfo: { name: 'sallyport', version: '1.0.0' },
    port: 0,
    clock,
    log: () => {},
    auth: jwtAuthenticator({ issuer: issuer.issuer, audience: issuer.audience, jwks: issuer.jwks() }),
    resource: { authorizationServers: [issuer.issuer] },
  });
  const ask = await asking(host.port, await issuer.mint({ expiresInSeconds: 86_400 }));
  for (let calls = 0; (await ask.status()) !== 429; calls++) {
    if (calls > 20) throw new Error('a caller that keeps calling was not turned away');
    await clock.advance(1_000);
  }
  return {
    async time(answers) {
      const began = process.cpuUsage();
      for (let answer = 0; answer < answers; answer++) {
        if ((await ask.status()) !== 429) throw new Error('an answer was not 429');
      }
      const { user, system } = process.cpuUsage(began);
      return (user + system) / answers;
    },
    async close() {
      ask.close();
      await host.close();
    },
  };
}

/** One connection and one request that is sent again and again: as little as a client can do. */
async function asking(port: number, token: string) {
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: echoSpec.name, arguments: { text: 'sallyport ', times: 3, upper: true } },
  });
  const head = [
    'POST /mcp HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    'MCP-Protocol-Version: 2025-11-25',
    `Authorization: Bearer ${token}`,
    `Content-Length: ${body.length}`,
  ];
  const request = Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  await once(socket, 'connect');
  let answered: (status: number) => void = () => {};
  let got = '';
  socket.on('data', (chunk: Buffer) => {
    got += chunk.toString('latin1');
    const end = got.indexOf('\r\n\r\n');
    const length = /content-length: (\d+)/i.exec(got)?.[1];
    if (end === -1 || length === undefined || got.length < end + 4 + Number(length)) return;
    const status = Number(got.slice(9, 12));
    got = '';
    answered(status);
  });
  return {
    status: () =>
      new Promise<number>((resolve) => {
        answered = resolve;
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}
