/**
 * What a host of official servers needs and an author does not.
 *
 * @module
 */
export { cannotBeAsked } from './client-lacks.js';
export { isHardened } from './is-hardened.js';
export { type Pages, pages } from './pages.js';
export { type Serving, serveUnder } from './serving.js';
