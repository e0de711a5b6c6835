import {createSigner, type Signer} from '../../src/crypto/ml-dsa.ts';
import {createKemKey} from '../../src/crypto/ml-kem.ts';
import {type KemPublicKey, toKemSeed, toSigningSeed} from '../../src/protocol/bytes.ts';

/** The same key for the same number, so that a failing test can be run again. */
export function signerOf(number: number): Signer {
  return createSigner(toSigningSeed(new Uint8Array(32).fill(number)));
}

export function kemKeyOf(number: number): KemPublicKey {
  return createKemKey(toKemSeed(new Uint8Array(64).fill(number))).publicKey;
}
