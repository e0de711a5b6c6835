import type {Blake3} from './blake3.ts';
import {nobleBlake3} from './blake3-noble.ts';
import {isNativeSuiteSupported, nativeSuite} from './native-suite.ts';
import {nobleSuite} from './noble-suite.ts';
import type {CryptoSuite} from './suite.ts';

/** The one place where twins are chosen: native where the runtime has it, else noble. */
export const suite: CryptoSuite = isNativeSuiteSupported() ? nativeSuite : nobleSuite;

let blake3: Blake3 = nobleBlake3;

/** BLAKE3 is no part of node:crypto: noble's serves until `initCrypto` has the WebAssembly one. */
export function currentBlake3(): Blake3 {
  return blake3;
}

/** Called by `initCrypto` alone. */
export function setBlake3(twin: Blake3): void {
  blake3 = twin;
}
