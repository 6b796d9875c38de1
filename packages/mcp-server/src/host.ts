/**
 * What a host of official servers needs and an author does not.
 *
 * @module
 */
export { isHardened } from './hardening.js';
export { type Pages, pages } from './pages.js';
export { type Serving, serveUnder } from './serving.js';
