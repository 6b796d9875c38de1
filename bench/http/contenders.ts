import type { Contender } from './contender.js';

/** Everything that is compared, in the order of the table. */
export const contenders: readonly Contender[] = [
  {
    id: 'floor',
    title: 'floor: bare node:http',
    program: 'http/servers/floor.ts',
    era: 'legacy',
    role: 'floor',
  },
  {
    id: 'sdk-1',
    title: 'SDK 1.x stateless recipe',
    program: 'http/servers/sdk-1.ts',
    era: 'legacy',
    role: 'recipe',
  },
  {
    id: 'sdk-2-modern',
    title: 'SDK 2.x createMcpHandler, 2026-07-28',
    program: 'http/servers/sdk-2.ts',
    era: 'modern',
    role: 'recipe',
  },
  {
    id: 'sdk-2-legacy',
    title: 'SDK 2.x createMcpHandler, 2025-11-25',
    program: 'http/servers/sdk-2.ts',
    era: 'legacy',
    role: 'recipe',
  },
  {
    id: 'fastmcp',
    title: 'FastMCP stateless',
    program: 'http/servers/fastmcp.ts',
    era: 'legacy',
    role: 'other',
  },
  {
    id: 'sallyport-modern',
    title: 'Sallyport, all guards, 2026-07-28',
    program: 'serve.ts',
    era: 'modern',
    role: 'ours',
  },
  {
    id: 'sallyport-legacy',
    title: 'Sallyport, all guards, 2025-11-25',
    program: 'serve.ts',
    era: 'legacy',
    role: 'ours',
  },
  {
    id: 'sallyport-modern-watched',
    title: 'Sallyport, all guards, metrics, log, 2026-07-28',
    program: 'serve.ts',
    options: ['--metrics', '--log'],
    era: 'modern',
    role: 'ours',
  },
  {
    id: 'sallyport-legacy-watched',
    title: 'Sallyport, all guards, metrics, log, 2025-11-25',
    program: 'serve.ts',
    options: ['--metrics', '--log'],
    era: 'legacy',
    role: 'ours',
  },
];
