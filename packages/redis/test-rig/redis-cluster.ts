import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { claimPorts } from '../../../test/support/claim-ports.js';
import { type RedisServer, startRedis } from './redis-server.js';

/** A real Redis Cluster of its own. */
export interface RedisCluster {
  readonly urls: readonly string[];
  readonly nodes: readonly RedisServer[];
  stop(): Promise<void>;
}

const timings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', '--repl-diskless-sync-delay', '0'];

/** Starts `masters` nodes (and as many replicas, when asked for), joined by `redis-cli --cluster create`. Resolves when every slot is served. */
export async function startCluster({ masters = 3, replicas = 0 } = {}): Promise<RedisCluster> {
  const nodes = await startNodes(masters * (1 + replicas));
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  const create = ['--cluster', 'create', ...addresses, '--cluster-replicas', `${replicas}`, '--cluster-yes'];
  const created = spawnSync('redis-cli', create, { encoding: 'utf8' });
  if (created.status !== 0) throw new Error(`redis-cli --cluster create failed: ${created.stdout}${created.stderr}`);
  for (const { port } of nodes) await serving(port, nodes.length);
  return {
    urls: nodes.map(({ url }) => url),
    nodes,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

async function startNodes(count: number): Promise<RedisServer[]> {
  const ports = await claimPorts(count);
  return Promise.all(ports.map((port) => startRedis({ port, args: timings })));
}

async function serving(port: number, nodes: number): Promise<void> {
  const redis = new Redis(port, '127.0.0.1');
  for (;;) {
    const info = String(await redis.cluster('INFO'));
    if (info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${nodes}`)) break;
    await sleep(50);
  }
  redis.disconnect();
}
