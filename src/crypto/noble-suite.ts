import {scrypt} from '@noble/hashes/scrypt.js';
import {sha256} from '@noble/hashes/sha2.js';
import {bytesToKey, keyToBytes, toHash} from '../protocol/bytes.ts';
import {nobleAead} from './aead-noble.ts';
import {nobleMlDsa} from './ml-dsa-noble.ts';
import {nobleMlKem} from './ml-kem-noble.ts';
import type {CryptoSuite} from './suite.ts';

/** JavaScript alone: runs everywhere, and is the oracle of the native suite. */
export const nobleSuite: CryptoSuite = {
  name: 'noble',
  sha256(parts) {
    const hasher = sha256.create();
    for (const part of parts) hasher.update(part);
    return toHash(hasher.digest());
  },
  sha256Key: (input) => bytesToKey(sha256(input)),
  writeKey: (target, offset, key) => target.set(keyToBytes(key), offset),
  mlDsa: nobleMlDsa,
  mlKem: nobleMlKem,
  aead: nobleAead,
  scrypt: (passphrase, {salt, logCost}) =>
    scrypt(passphrase, salt, {N: 2 ** logCost, r: 8, p: 1, dkLen: 32, maxmem: 2 ** (logCost + 11)}),
};
