import {TAG_BYTES} from './aead-noble.ts';
import {assertKeyLength} from './errors.ts';
import {nobleSuite} from './noble-suite.ts';
import {suite} from './seam.ts';
import type {Aead, SealParameters} from './suite.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 24;
const NO_BYTES = new Uint8Array();
/** Below this size noble is the faster twin: a native cipher costs 10 µs to set up. */
const NATIVE_FROM_BYTES = 1024;

/** What sealing adds to a plaintext: the tag. */
export const SEAL_OVERHEAD_BYTES = TAG_BYTES;

function checked(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array): SealParameters {
  assertKeyLength('XChaCha20 key', key, KEY_BYTES);
  assertKeyLength('XChaCha20 nonce', nonce, NONCE_BYTES);
  return {key, nonce, associatedData};
}

const twinFor = (size: number): Aead => (size < NATIVE_FROM_BYTES ? nobleSuite : suite).aead;

/**
 * XChaCha20-Poly1305: the ciphertext, then its 16-byte tag.
 * @param key 32 bytes
 * @param nonce 24 bytes, never twice with one key; random ones do not repeat
 * @param associatedData bound to the sealed bytes without being in them
 * @throws CryptoError CRYPTO_KEY_LENGTH
 */
export function sealXChaCha(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associatedData: Uint8Array = NO_BYTES,
): Uint8Array {
  return twinFor(plaintext.length).seal(checked(key, nonce, associatedData), plaintext);
}

/**
 * The plaintext of what `sealXChaCha` made with the same key, nonce and associated data.
 * @throws CryptoError CRYPTO_OPEN_FAILED, CRYPTO_KEY_LENGTH
 */
export function openXChaCha(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associatedData: Uint8Array = NO_BYTES,
): Uint8Array {
  return twinFor(sealed.length).open(checked(key, nonce, associatedData), sealed);
}
