import { register } from 'node:module';

// For `node --import`. What is measured is what is published: sources through tsx pay for names it keeps on closures.
register('./built-packages.ts', import.meta.url);
