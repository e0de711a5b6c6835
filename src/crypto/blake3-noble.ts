import {blake3} from '@noble/hashes/blake3.js';
import {toHash} from '../protocol/bytes.ts';
import type {Blake3} from './blake3.ts';

/** BLAKE3 in JavaScript: serves before `initCrypto`, and is the oracle of the other one. */
export const nobleBlake3: Blake3 = {
  name: 'noble',
  hash: (data) => toHash(blake3(data)),
  createKeyed(key) {
    const hasher = blake3.create({key});
    return {
      update(chunk) {
        hasher.update(chunk);
      },
      digest: () => toHash(hasher.digest()),
    };
  },
};
