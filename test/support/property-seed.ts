import * as fc from 'fast-check';

// A property that fails prints its seed. `PROPERTY_SEED=<seed> npx vitest run <file>` runs the same cases again.
const seed = Number(process.env['PROPERTY_SEED'] ?? NaN);
if (Number.isSafeInteger(seed)) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
