export type { Drained } from './drain.js';
export type { Host } from './host.js';
export type { HostEvent, Log } from './log.js';
export type { ReadyCheck } from './readiness.js';
export { type ServeOptions, type ServeSecurity, serve } from './serve.js';
