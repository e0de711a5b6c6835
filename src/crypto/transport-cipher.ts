import {createCipheriv, createDecipheriv, createSecretKey, type KeyObject} from 'node:crypto';
import {TAG_BYTES} from './aead-noble.ts';

const CIPHER = 'chacha20-poly1305';
const TAG = {authTagLength: TAG_BYTES} as const;

/** What one message of a connection is sealed with. */
export type TransportSeal = {
  /** 32 bytes, the same array for all messages of one direction, and never changed. */
  readonly key: Uint8Array;
  /** 12 bytes, never used twice with one key. */
  readonly nonce: Uint8Array;
  readonly associatedData: Uint8Array;
};

/** PERF: bytes as a key cost OpenSSL's set-up, and Node two errors inside, for each message. */
const keys = new WeakMap<Uint8Array, KeyObject>();

function keyObjectOf(bytes: Uint8Array): KeyObject {
  const known = keys.get(bytes);
  if (known !== undefined) return known;
  const key = createSecretKey(bytes);
  keys.set(bytes, key);
  return key;
}

/** ChaCha20-Poly1305, RFC 8439 §2.8: the ciphertext, and its tag of 16 bytes. */
export function sealTransport(
  {key, nonce, associatedData}: TransportSeal,
  plaintext: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv(CIPHER, keyObjectOf(key), nonce, TAG);
  cipher.setAAD(associatedData, {plaintextLength: plaintext.length});
  const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
  sealed.set(cipher.update(plaintext));
  cipher.final();
  sealed.set(cipher.getAuthTag(), plaintext.length);
  return sealed;
}

/** As `sealTransport` sealed it. @throws Error for bytes that the tag does not vouch for */
export function openTransport(
  {key, nonce, associatedData}: TransportSeal,
  sealed: Uint8Array,
): Uint8Array {
  const length = sealed.length - TAG_BYTES;
  const cipher = createDecipheriv(CIPHER, keyObjectOf(key), nonce, TAG);
  cipher.setAAD(associatedData, {plaintextLength: length});
  cipher.setAuthTag(sealed.subarray(length));
  const {buffer, byteOffset, byteLength} = cipher.update(sealed.subarray(0, length));
  cipher.final();
  return new Uint8Array(buffer, byteOffset, byteLength);
}
