import {ml_kem768} from '@noble/post-quantum/ml-kem.js';
import {type KemPublicKey, toKemCiphertext, toKemPublicKey} from '../protocol/bytes.ts';
import {CryptoError} from './errors.ts';
import {isKemPublicKey} from './kem-public-key.ts';
import type {Encapsulation, MlKem} from './suite.ts';

/**
 * Encapsulation with given randomness.
 * @param entropy the 32 bytes `m` of FIPS 203 §7.2; random when left out.
 * @throws CryptoError CRYPTO_INVALID_KEY
 */
export function nobleEncapsulate(publicKey: KemPublicKey, entropy?: Uint8Array): Encapsulation {
  if (!isKemPublicKey(publicKey)) throw new CryptoError('CRYPTO_INVALID_KEY', {type: 'ML-KEM-768'});
  const {cipherText, sharedSecret} = ml_kem768.encapsulate(publicKey, entropy);
  return {ciphertext: toKemCiphertext(cipherText), sharedSecret};
}

/** ML-KEM-768 in JavaScript: for hosts without the native one, and as its oracle. */
export const nobleMlKem: MlKem = {
  createKey(seed) {
    const {publicKey, secretKey} = ml_kem768.keygen(seed);
    return {
      publicKey: toKemPublicKey(publicKey),
      decapsulate: (ciphertext) => ml_kem768.decapsulate(ciphertext, secretKey),
    };
  },
  encapsulate: (publicKey) => nobleEncapsulate(publicKey),
};
