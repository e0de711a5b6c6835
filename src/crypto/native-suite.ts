import {createPublicKey, scryptSync} from 'node:crypto';
import {nativeAead} from './aead-native.ts';
import {nativeMlDsa} from './ml-dsa-native.ts';
import {nativeMlKem} from './ml-kem-native.ts';
import {nativeSha256, nativeSha256Key, writeNativeKey} from './sha256-native.ts';
import type {CryptoSuite} from './suite.ts';

/** Over node:crypto. A build for browsers puts the noble suite in the place of this file. */
export const nativeSuite: CryptoSuite = {
  name: 'native',
  sha256: nativeSha256,
  sha256Key: nativeSha256Key,
  writeKey: writeNativeKey,
  mlDsa: nativeMlDsa,
  mlKem: nativeMlKem,
  aead: nativeAead,
  scrypt: (passphrase, {salt, logCost}) =>
    // OpenSSL refuses what needs more than maxmem; 128·r·N bytes is the table, the rest is slack.
    new Uint8Array(
      scryptSync(passphrase, salt, 32, {N: 2 ** logCost, r: 8, p: 1, maxmem: 2 ** (logCost + 11)}),
    ),
};

/** Whether this Node has ML-DSA with raw keys: 24.15 and later, when built on OpenSSL 3.5. */
export function isNativeSuiteSupported(): boolean {
  try {
    createPublicKey({
      key: Buffer.alloc(1952),
      format: 'raw-public',
      asymmetricKeyType: 'ml-dsa-65',
    });
    return true;
  } catch {
    return false;
  }
}
