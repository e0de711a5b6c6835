import {createWasmBlake3} from './blake3-wasm.ts';
import {setBlake3} from './seam.ts';

let started: Promise<void> | undefined;

/**
 * Compiles what runs as WebAssembly (about 5 ms). Composition roots await it once; before that the
 * noble twins serve. Calling it again does nothing.
 */
export function initCrypto(): Promise<void> {
  started ??= createWasmBlake3().then(setBlake3);
  return started;
}
