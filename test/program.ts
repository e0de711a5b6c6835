import {join} from 'node:path';
import process from 'node:process';

/** Where `build-once.ts` says what it has built; processes that tests start inherit it. */
export const BUNDLE_VARIABLE = 'SESSIONVM_TEST_BUNDLE';

/** Whether MAIN is a bundle, with the plugin's launcher beside it. */
export const IS_BUILT = process.env[BUNDLE_VARIABLE] !== undefined;

/** The whole program: what this run has built, as hosts get it, else the sources. */
export const MAIN = process.env[BUNDLE_VARIABLE] ?? join(import.meta.dirname, '../src/cli/main.ts');
