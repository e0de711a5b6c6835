import type {Hash} from '../protocol/bytes.ts';

/** A keyed hash that is fed piece by piece. */
export type KeyedBlake3 = {
  update(chunk: Uint8Array): void;
  /** Ends the computation: nothing may follow it. */
  digest(): Hash;
};

/** BLAKE3, which exists twice: in WebAssembly and in noble. */
export type Blake3 = {
  readonly name: 'wasm' | 'noble';
  hash(data: Uint8Array): Hash;
  /** Several may be open at once, fed in any order. */
  createKeyed(key: Uint8Array): KeyedBlake3;
};
