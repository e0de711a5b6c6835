import {SessionError} from '../protocol/errors.ts';

/** Why an operation on keys or sealed bytes failed. A bad signature is not an error but `false`. */
export type CryptoErrorCode =
  /** A key, nonce or seed has the wrong length. */
  | 'CRYPTO_KEY_LENGTH'
  /** Bytes of the right length that are no key of their kind. */
  | 'CRYPTO_INVALID_KEY'
  /** Sealed bytes that this key, nonce, passphrase or associated data does not open. */
  | 'CRYPTO_OPEN_FAILED'
  /** The identity is encrypted and no passphrase, or an empty one, was given. */
  | 'CRYPTO_PASSPHRASE_REQUIRED';

export class CryptoError extends SessionError<CryptoErrorCode> {}

/** @throws CryptoError CRYPTO_KEY_LENGTH */
export function assertKeyLength(what: string, bytes: Uint8Array, expected: number): void {
  if (bytes.length !== expected) {
    throw new CryptoError('CRYPTO_KEY_LENGTH', {what, expected, found: bytes.length});
  }
}
