import {createPublicKey, hash, type KeyObject} from 'node:crypto';

/**
 * Imports raw public keys and keeps the last ones used: an imported key holds 7 to 10 KiB, and
 * importing costs a fifth of a verification.
 * @returns `undefined` for bytes that are no key of this type; those are not kept.
 */
export function createKeyCache(
  asymmetricKeyType: 'ml-dsa-65' | 'ml-kem-768',
  capacity: number,
): (raw: Uint8Array) => KeyObject | undefined {
  // A Map iterates in insertion order, so its first key is the one unused for longest.
  const keys = new Map<string, KeyObject>();
  // PERF: those who keep a key hand over the same array each time, and never change it.
  const ids = new WeakMap<Uint8Array, string>();
  return (raw) => {
    const id = ids.get(raw) ?? hash('sha256', raw, 'binary');
    if (!ids.has(raw)) ids.set(raw, id);
    const known = keys.get(id);
    const key = known ?? importPublicKey(asymmetricKeyType, raw);
    if (key === undefined) return undefined;
    if (known !== undefined) keys.delete(id);
    keys.set(id, key);
    if (keys.size > capacity) {
      for (const oldest of keys.keys()) {
        keys.delete(oldest);
        break;
      }
    }
    return key;
  };
}

/** Node throws errors of several kinds here, one without a code; all mean that it is no key. */
function importPublicKey(
  asymmetricKeyType: 'ml-dsa-65' | 'ml-kem-768',
  raw: Uint8Array,
): KeyObject | undefined {
  try {
    return createPublicKey({key: bufferOf(raw), format: 'raw-public', asymmetricKeyType});
  } catch {
    return undefined;
  }
}

/** The same memory as a Buffer: node:crypto takes raw keys in no other form. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
