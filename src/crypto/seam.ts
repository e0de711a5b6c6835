import {isNativeSuiteSupported, nativeSuite} from './native-suite.ts';
import {nobleSuite} from './noble-suite.ts';
import type {CryptoSuite} from './suite.ts';

/** The one place where a twin is chosen: native where the runtime has it, else noble. */
export const suite: CryptoSuite = isNativeSuiteSupported() ? nativeSuite : nobleSuite;
