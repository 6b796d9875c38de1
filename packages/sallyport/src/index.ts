export type { Deployment, PostgresDeployment, ServerModule } from './server-module.js';
