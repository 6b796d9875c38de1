import { table } from '../table.js';
import type { EffectivePolicy } from './effective-policy.js';
import { limitHead, limitRows } from './limit-rows.js';

const head = [
  'tool',
  'access',
  'scopes',
  'tenant',
  'effects',
  'key',
  'depends',
  'priority',
  'cost',
  'store down',
  'timeout',
  'output',
  'redacted',
  'owner',
];

/** The policies as tables: one line a tool, every limit once, and the order of the layers. */
export function policyText(policies: readonly EffectivePolicy[], styleHead: (line: string) => string): string {
  const limits = limitRows(policies);
  const orders = new Map<string, string[]>();
  for (const { name, layers } of policies) {
    const order = layers.map((layer) => layer.name).join(' > ');
    orders.set(order, [...(orders.get(order) ?? []), name]);
  }
  return [
    table(head, policies.map(rowOf), styleHead),
    limits.length === 0 ? 'No limits.\n' : table(limitHead, limits, styleHead),
    ...[...orders].map(([order, names]) => {
      return `${orders.size === 1 ? 'Layers' : `Layers of ${names.join(', ')}`}, outermost first: ${order}\n`;
    }),
  ].join('\n');
}

function rowOf(policy: EffectivePolicy): string[] {
  const { name, access, scopes, tenant, effects, idempotencyKey, depends, priority, limits, owner } = policy;
  return [
    name,
    access ?? 'anybody',
    scopes?.join(' ') ?? '',
    tenant ?? 'none',
    effects ?? (access === 'read' ? 'none' : ''),
    typeof idempotencyKey === 'object' ? 'or arguments' : String(idempotencyKey ?? ''),
    depends ?? '',
    priority ?? '',
    `${limits?.cost ?? ''}`,
    limits?.whenUnreachable ?? '',
    seconds(policy.timeoutMs),
    bytes(policy.maxOutputBytes),
    policy.redacts === true ? 'yes' : 'no',
    owner ?? '',
  ];
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? 'none' : `${ms / 1_000} s`;
}

function bytes(count: number | undefined): string {
  if (count === undefined) return 'any';
  return count % 1_024 === 0 ? `${count / 1_024} KiB` : `${count} B`;
}
