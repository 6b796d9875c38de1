export { type HardenedTools, harden } from './harden.js';
export { register } from './register.js';
export { toolsOf } from './tools-of.js';
