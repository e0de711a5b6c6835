import {blake2b} from '@noble/hashes/blake2.js';
import {blake3 as nobleBlake3} from '@noble/hashes/blake3.js';
import {asciiBytes, concatBytes, type Hash, toHash} from '../protocol/bytes.ts';
import {type Codec, encode} from '../protocol/codec.ts';
import {HASH_TAG, type HashTag} from '../protocol/domains.ts';
import {InvariantError} from '../protocol/errors.ts';
import type {KeyedBlake3} from './blake3.ts';
import {assertKeyLength} from './errors.ts';
import {currentBlake3, suite} from './seam.ts';

const BLAKE3_KEY_BYTES = 32;

/** SHA-256 of the parts, one after the other. Under 1 µs for the short ones of the state tree. */
export function sha256(...parts: Uint8Array[]): Hash {
  return suite.sha256(parts);
}

/**
 * SHA-256 of one array, as bytesToKey would write it.
 * PERF: a text of 32 characters takes 48 bytes, an array of 32 bytes takes 250, and Node has the text first.
 */
export function sha256Key(input: Uint8Array): string {
  return suite.sha256Key(input);
}

/** Writes what sha256Key made into an array, from `offset` on. */
export function writeKey(target: Uint8Array, offset: number, key: string): void {
  suite.writeKey(target, offset, key);
}

const TAG_PREFIX = new Map<string, Uint8Array>(
  Object.values(HASH_TAG).map((tag) => [tag, Uint8Array.of(tag.length, ...asciiBytes(tag))]),
);

function prefixOf(tag: HashTag): Uint8Array {
  const prefix = TAG_PREFIX.get(tag);
  if (prefix === undefined) throw new InvariantError('unknown hash tag', {tag});
  return prefix;
}

/**
 * SHA-256 of the tag's length, the tag and the parts. SPEC.md §2.
 * The tag fixes the layout, so parts of variable length need a length field of their own.
 */
export function taggedHash(tag: HashTag, ...parts: Uint8Array[]): Hash {
  return suite.sha256([prefixOf(tag), ...parts]);
}

/**
 * The input of taggedHash as one array: `sha256(input)` is the tagged hash of what its end holds then.
 * PERF: for many hashes of one input that changes a little, joining the parts each time costs as much as the hash.
 */
export function taggedInput(tag: HashTag, ...parts: Uint8Array[]): Uint8Array {
  return concatBytes(prefixOf(tag), ...parts);
}

/** Tagged hash of an encoded value. */
export function hashStruct<T>(tag: HashTag, codec: Codec<T>, value: T): Hash {
  return taggedHash(tag, encode(codec, value));
}

/** BLAKE2b with 32 bytes of output, of the parts one after the other. */
export function blake2b256(...parts: Uint8Array[]): Hash {
  const hasher = blake2b.create({dkLen: toHash.byteLength});
  for (const part of parts) hasher.update(part);
  return toHash(hasher.digest());
}

/** BLAKE3 with 32 bytes of output. */
export function blake3(data: Uint8Array): Hash {
  return currentBlake3().hash(data);
}

/**
 * Keyed BLAKE3 of data that comes in pieces. Several may run at once, in any order.
 * @param key 32 bytes; it stays the caller's.
 * @throws CryptoError CRYPTO_KEY_LENGTH
 */
export function createKeyedBlake3(key: Uint8Array): KeyedBlake3 {
  assertKeyLength('BLAKE3 key', key, BLAKE3_KEY_BYTES);
  return currentBlake3().createKeyed(key);
}

/** As `createKeyedBlake3`, of data that is there. */
export function blake3Keyed(key: Uint8Array, data: Uint8Array): Hash {
  const hasher = createKeyedBlake3(key);
  hasher.update(data);
  return hasher.digest();
}

/**
 * BLAKE3 in its key derivation mode, always by noble: hash-wasm lacks it.
 * @param context a constant of the program, never data
 */
export function blake3DeriveKey(context: string, material: Uint8Array): Hash {
  return toHash(nobleBlake3(material, {context: asciiBytes(context)}));
}
