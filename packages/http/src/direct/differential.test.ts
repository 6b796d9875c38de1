import { jwtAuthenticator } from '@sallyport/auth';
import { tokenIssuer } from '@sallyport/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OddEra, type OddRequest, oddRequests } from '../../test-rig/odd-requests.js';
import { oddTools } from '../../test-rig/odd-tools.js';
import { bugs } from '../../test-rig/seeded-bugs.js';
import { type Answered, type Way, way } from '../../test-rig/two-ways.js';
import type { DirectSeam } from './direct-seam.js';

const eras: readonly OddEra[] = ['legacy', 'modern'];
const seed = 20_261_123;
const names = oddTools().tools.map(({ facts }) => facts.name);
const answering = names.filter((name) => name !== 'held');

let direct: Way;
let official: Way;
beforeAll(async () => {
  [direct, official] = await Promise.all([way((path) => path), way(() => undefined)]);
});
afterAll(async () => {
  await Promise.all([direct.close(), official.close()]);
});

/** The requests that the two answer differently. The framing may differ only where the direct path has nothing to stream. */
async function differences(requests: readonly OddRequest[], one = direct, other = official, atMost = 1_000) {
  const found: { request: string; one: Answered; other: Answered }[] = [];
  let json = 0;
  for (const request of requests) {
    if (found.length >= atMost) break;
    const [first, second] = await Promise.all([one.ask(request), other.ask(request)]);
    const same = JSON.stringify({ ...first, framed: 0 }) === JSON.stringify({ ...second, framed: 0 });
    const framedAlike = first.framed === second.framed || (!first.framed && second.messages.length === 1);
    if (!first.framed && second.framed) json++;
    if (same && framedAlike) continue;
    const shown = `${JSON.stringify(request.headers)} ${request.body}`;
    found.push({ request: shown, one: first, other: second });
  }
  return { found, json };
}

/** A request that is as usual as can be. */
function usual(
  era: OddEra,
  name: string | undefined,
  input: unknown = {},
  id: unknown = 1,
  meta: object = {},
): OddRequest {
  const method = name === undefined ? 'tools/list' : 'tools/call';
  const envelope = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const _meta = { ...(era === 'modern' ? envelope : {}), ...meta };
  const params = { ...(name === undefined ? {} : { name, arguments: input }), _meta };
  return {
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      ...(era === 'modern' ? { 'Mcp-Protocol-Version': '2026-07-28', 'Mcp-Method': method } : {}),
      ...(era === 'modern' && name !== undefined ? { 'Mcp-Name': name } : {}),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
  };
}

describe.each(eras)('both paths answer alike, %s:', (era) => {
  it('every tool, with every kind of progress token and log level', async () => {
    const metas = [{}, { progressToken: 't' }, { progressToken: 0 }, { 'io.modelcontextprotocol/logLevel': 'info' }];
    const requests = answering.flatMap((name) =>
      metas.flatMap((meta) => [
        usual(era, name, { text: 'é', region: 'eu' }, 'id', meta),
        usual(era, name, {}, 7, meta),
      ]),
    );
    expect((await differences(requests)).found).toEqual([]);
  }, 60_000);

  it('1,500 generated requests, ordinary, odd and malformed', async () => {
    const requests = fc.sample(oddRequests(era, answering), { numRuns: 1_500, seed });
    const { found, json } = await differences(requests);
    expect(found).toEqual([]);
    // The official handler streams every answer of the 2025 era, so here one sees how many went the direct way.
    if (era === 'legacy') expect(json).toBeGreaterThan(300);
  }, 120_000);

  it('300 interleaved calls under one id get their own answers, each with its own late notification and no foreign byte', async () => {
    const marks = Array.from({ length: 300 }, (_, index) => `mark-${index}-`);
    for (const way of [direct, official]) {
      const began = way.held.arrived(way.held.arrivals + marks.length);
      const answers = marks.map((mark) => way.ask(usual(era, 'held', { mark }, 1)));
      await began;
      way.held.release(
        (waiting) =>
          fc.sample(fc.shuffledSubarray(waiting, { minLength: waiting.length }), { numRuns: 1, seed })[0] ?? [],
      );
      for (const [index, { status, messages }] of (await Promise.all(answers)).entries()) {
        expect(status).toBe(200);
        const text = messages.join('\n');
        expect(new Set(text.match(/mark-\d+-/g))).toEqual(new Set([marks[index]]));
        expect(text).not.toContain('too late');
        expect(messages).toHaveLength(era === 'legacy' ? 2 : 1);
      }
    }
  }, 60_000);

  it.each([
    ['offered', undefined],
    ['kept from who lacks them', ['mcp:tools:read']],
  ])('callers of different rights see and may call the same, write scopes %s', async (_, offeredScopes) => {
    const { issuer, audience, jwks, mint } = await tokenIssuer();
    const resource = { authorizationServers: [issuer], url: audience, ...(offeredScopes && { offeredScopes }) };
    const security = { auth: jwtAuthenticator({ issuer, audience, jwks: jwks() }), resource };
    let taken = 0;
    const counting: DirectSeam = (path) => (request, response, message, principal, listener) => {
      const answered = path(request, response, message, principal, listener);
      if (answered !== undefined) taken++;
      return answered;
    };
    const ways = await Promise.all([way(counting, security), way(() => undefined, security)]);
    const listed: number[] = [];
    for (const scopes of [[], ['mcp:tools:read'], ['mcp:tools:write'], ['mcp:admin'], ['other']]) {
      const authorization = { Authorization: `Bearer ${await mint({ scopes })}` };
      const asked = [undefined, 'echo', 'write', 'throws', 'no_such'].map((name) => {
        const request = usual(era, name, { text: 'x' });
        return { ...request, headers: { ...request.headers, ...authorization } };
      });
      expect((await differences(asked, ...ways)).found).toEqual([]);
      const answer = await ways[0].ask(asked[0] as OddRequest);
      listed.push(JSON.parse(answer.messages[0] ?? '').result.tools.length);
    }
    expect(listed).toEqual([0, names.length - 1, names.length, names.length, 0]);
    // Ten lists, and what each may call.
    expect(taken).toBeGreaterThanOrEqual(10 + 2 + 3 + 3);
    await Promise.all(ways.map(({ close }) => close()));
  });

  it.each(['direct', 'official'] as const)(
    'a client that hangs up cancels its call only in 2026-07-28: %s',
    async (which) => {
      const served = await way(which === 'direct' ? (path) => path : () => undefined);
      const aborted = served.held.nextAbort();
      await served.leave(usual(era, 'held', { mark: 'x' }), () => served.held.arrived(1));
      if (era === 'modern') await aborted;
      else expect((await served.ask(usual(era, 'echo', { text: 'still there' }))).status).toBe(200);
      served.held.release();
      expect(served.held.aborted).toHaveLength(era === 'modern' ? 1 : 0);
      await served.close();
      expect((await served.host.drained).cutOff).toBe(0);
    },
  );

  it('a call that is cancelled by a notification is answered alike', async () => {
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'c' } };
    const answers = await Promise.all(
      [direct, official].map(async ({ ask, held }) => {
        const before = held.aborted.length;
        const began = held.nextArrival();
        const answer = ask(usual(era, 'held', { mark: 'c' }, 'c'));
        await began;
        const { status } = await ask({ ...usual('legacy', 'held'), body: JSON.stringify(cancel) });
        held.release();
        const { messages } = await answer;
        return { status, messages, aborted: held.aborted.length - before };
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
  });

  it.each(bugs[era])(
    'a direct path that $does is found out',
    async ({ seam }) => {
      const broken = await way(seam);
      const requests = [
        ...answering.flatMap((name) => [
          usual(era, name, { text: 'x' }, 5),
          usual(era, name, {}, 'x', { progressToken: 1 }),
          usual(era, name, {}, 6, { 'io.modelcontextprotocol/logLevel': 'debug' }),
        ]),
        ...fc.sample(oddRequests(era, answering), { numRuns: 1_500, seed }),
      ];
      expect((await differences(requests, broken, official, 1)).found).toHaveLength(1);
      await broken.close();
    },
    120_000,
  );
});
