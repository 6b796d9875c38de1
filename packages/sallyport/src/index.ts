export type { ServerModule } from './server-module.js';
