export { toolsOf } from '@sallyport/core/adapter';
export { type HardenedTools, harden } from './harden.js';
export type { OpenedState } from './opened-state.js';
export { register } from './register.js';
export { type RequestStates, type RequestStatesOptions, requestStates, type StateHolder } from './request-states.js';
export { memorySpentStates, type SpentStates } from './spent-states.js';
