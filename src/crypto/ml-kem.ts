import type {KemPublicKey, KemSeed} from '../protocol/bytes.ts';
import {suite} from './seam.ts';
import type {Encapsulation, KemKey} from './suite.ts';

/** An ML-KEM-768 key by the 64-byte seed (d, then z) of FIPS 203. The seed stays the caller's. */
export function createKemKey(seed: KemSeed): KemKey {
  return suite.mlKem.createKey(seed);
}

/**
 * A fresh shared secret for the holder of this key, and the ciphertext that carries it.
 * @throws CryptoError CRYPTO_INVALID_KEY
 */
export function encapsulate(publicKey: KemPublicKey): Encapsulation {
  return suite.mlKem.encapsulate(publicKey);
}
