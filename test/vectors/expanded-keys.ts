import {createPrivateKey, decapsulate, type KeyObject, sign} from 'node:crypto';
import {ml_dsa65} from '@noble/post-quantum/ml-dsa.js';
import {ml_kem768} from '@noble/post-quantum/ml-kem.js';
import {concatBytes, hexToBytes} from '../../src/protocol/bytes.ts';

/**
 * Secret keys in expanded form, which SessionVM never stores: some vectors have no seed. They go to
 * the two libraries below our interface.
 */
const OID = {
  'ml-dsa-65': '0609608648016503040312',
  'ml-kem-768': '0609608648016503040402',
} as const;

function der(tag: number, content: Uint8Array): Uint8Array {
  const {length} = content;
  const size = length < 128 ? [length] : [0x82, length >> 8, length & 0xff];
  return concatBytes(Uint8Array.of(tag, ...size), content);
}

function importExpanded(type: keyof typeof OID, secretKey: Uint8Array): KeyObject {
  const version = Uint8Array.of(2, 1, 0);
  const algorithm = der(0x30, hexToBytes(OID[type]));
  const info = der(0x30, concatBytes(version, algorithm, der(4, der(4, secretKey))));
  return createPrivateKey({key: Buffer.from(info), format: 'der', type: 'pkcs8'});
}

export function nativeSignExpanded(
  secretKey: Uint8Array,
  message: Uint8Array,
  context: Uint8Array,
): Uint8Array {
  return sign(null, message, {key: importExpanded('ml-dsa-65', secretKey), context});
}

export function nobleSignExpanded(
  secretKey: Uint8Array,
  message: Uint8Array,
  options: {readonly context: Uint8Array; readonly extraEntropy: Uint8Array | false},
): Uint8Array {
  return ml_dsa65.sign(message, secretKey, options);
}

export function nativeDecapsulateExpanded(
  secretKey: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array {
  return decapsulate(importExpanded('ml-kem-768', secretKey), ciphertext);
}

export function nobleDecapsulateExpanded(
  secretKey: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array {
  return ml_kem768.decapsulate(ciphertext, secretKey);
}
