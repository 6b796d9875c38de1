export { toolsOf } from '@sallyport/core/adapter';
export { type HardenedTools, harden } from './harden.js';
export { register } from './register.js';
