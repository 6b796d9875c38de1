import { buildPackages } from './build-packages.js';
import './load-built.js';

// For `node --import`, where nobody has compiled the packages yet.
buildPackages();
