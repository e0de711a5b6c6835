import {createCipheriv, createDecipheriv} from 'node:crypto';
import {hchacha} from '@noble/ciphers/chacha.js';
import {TAG_BYTES} from './aead-noble.ts';
import {CryptoError} from './errors.ts';
import type {Aead, SealParameters} from './suite.ts';

const CIPHER = 'chacha20-poly1305';
const TAG = {authTagLength: TAG_BYTES} as const;
/** "expand 32-byte k", the ChaCha constant. */
const SIGMA = Uint32Array.of(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574);
const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

function littleEndianWords(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({length: bytes.length / 4}, (_, i) => view.getUint32(4 * i, true));
}

/** XChaCha draft §2.3: HChaCha20 of key and the nonce's first 16 bytes is the key of one message. */
function messageKey({key, nonce}: SealParameters): Uint8Array {
  const words = littleEndianWords(key);
  const subkey = new Uint32Array(8);
  hchacha(SIGMA, words, littleEndianWords(nonce.subarray(0, 16)), subkey);
  words.fill(0);
  if (isLittleEndian) return new Uint8Array(subkey.buffer);
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  subkey.forEach((word, i) => {
    view.setUint32(4 * i, word, true);
  });
  return bytes;
}

function messageNonce({nonce}: SealParameters): Uint8Array {
  const short = new Uint8Array(12);
  short.set(nonce.subarray(16), 4);
  return short;
}

/** XChaCha20-Poly1305 from noble's HChaCha20 and OpenSSL: nine times as fast at 1 MiB. */
export const nativeAead: Aead = {
  seal(parameters, plaintext) {
    const key = messageKey(parameters);
    try {
      const cipher = createCipheriv(CIPHER, key, messageNonce(parameters), TAG);
      cipher.setAAD(parameters.associatedData, {plaintextLength: plaintext.length});
      const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
      sealed.set(cipher.update(plaintext));
      cipher.final();
      sealed.set(cipher.getAuthTag(), plaintext.length);
      return sealed;
    } finally {
      key.fill(0);
    }
  },
  open(parameters, sealed) {
    const length = sealed.length - TAG_BYTES;
    if (length < 0) throw new CryptoError('CRYPTO_OPEN_FAILED');
    const key = messageKey(parameters);
    try {
      const cipher = createDecipheriv(CIPHER, key, messageNonce(parameters), TAG);
      cipher.setAAD(parameters.associatedData, {plaintextLength: length});
      cipher.setAuthTag(sealed.subarray(length));
      const opened = cipher.update(sealed.subarray(0, length));
      const plaintext = new Uint8Array(opened.buffer, opened.byteOffset, opened.byteLength);
      try {
        cipher.final();
      } catch (cause) {
        // Nobody may see bytes that the tag does not vouch for.
        plaintext.fill(0);
        throw new CryptoError('CRYPTO_OPEN_FAILED', {}, {cause});
      }
      return plaintext;
    } finally {
      key.fill(0);
    }
  },
};
