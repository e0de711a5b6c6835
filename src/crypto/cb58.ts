import {concatBytes, equalBytes} from '../protocol/bytes.ts';
import {CodecError} from '../protocol/errors.ts';
import {sha256} from './hash.ts';

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const DIGIT = new Map(Array.from(ALPHABET, (character, value) => [character, value]));
const ZERO = '1';
const CHECKSUM_BYTES = 4;

/** Longest text that is read: base58 takes quadratic time, and the longest id has 50 characters. */
export const MAX_CB58_CHARACTERS = 128;
/** Longest payload: with its checksum, 93 bytes always fit into 128 characters. */
const MAX_PAYLOAD_BYTES = 89;

const checksum = (payload: Uint8Array): Uint8Array => sha256(payload).subarray(-CHECKSUM_BYTES);

function assertLength(found: number, limit: number): void {
  if (found > limit) throw new CodecError('CODEC_LENGTH_LIMIT', {type: 'CB58', limit, found});
}

/** Rewrites a big-endian number from one base in another, without leading zero digits. */
function convert(digits: Iterable<number>, from: number, to: number): number[] {
  const reversed: number[] = [];
  for (const digit of digits) {
    let carry = digit;
    for (let i = 0; i < reversed.length; i++) {
      carry += (reversed[i] ?? 0) * from;
      reversed[i] = carry % to;
      carry = Math.floor(carry / to);
    }
    for (; carry > 0; carry = Math.floor(carry / to)) reversed.push(carry % to);
  }
  return reversed.reverse();
}

/**
 * CB58: base58 of the bytes and the last 4 bytes of their SHA-256. SPEC.md §2.
 * @throws CodecError CODEC_LENGTH_LIMIT above 89 bytes.
 */
export function encodeCb58(payload: Uint8Array): string {
  assertLength(payload.length, MAX_PAYLOAD_BYTES);
  const bytes = concatBytes(payload, checksum(payload));
  const firstDigit = bytes.findIndex((byte) => byte !== 0);
  const zeros = firstDigit === -1 ? bytes.length : firstDigit;
  const digits = convert(bytes.subarray(zeros), 256, 58);
  return ZERO.repeat(zeros) + digits.map((digit) => ALPHABET.charAt(digit)).join('');
}

/**
 * The bytes of a CB58 text.
 * @throws CodecError CODEC_LENGTH_LIMIT above 128 characters or 89 bytes, CODEC_BAD_TEXT for a foreign character
 * or a text too short for a checksum, CODEC_BAD_CHECKSUM.
 */
export function decodeCb58(text: string): Uint8Array {
  assertLength(text.length, MAX_CB58_CHARACTERS);
  const digits = Array.from(text, (character) => {
    const digit = DIGIT.get(character);
    if (digit === undefined) throw new CodecError('CODEC_BAD_TEXT', {expected: 'CB58'});
    return digit;
  });
  const firstDigit = digits.findIndex((digit) => digit !== 0);
  const zeros = firstDigit === -1 ? digits.length : firstDigit;
  const tail = convert(digits.slice(zeros), 58, 256);
  const bytes = concatBytes(new Uint8Array(zeros), Uint8Array.from(tail));
  const payload = bytes.slice(0, -CHECKSUM_BYTES);
  assertLength(payload.length, MAX_PAYLOAD_BYTES);
  if (bytes.length < CHECKSUM_BYTES) throw new CodecError('CODEC_BAD_TEXT', {expected: 'CB58'});
  if (!equalBytes(checksum(payload), bytes.subarray(-CHECKSUM_BYTES))) {
    throw new CodecError('CODEC_BAD_CHECKSUM', {type: 'CB58'});
  }
  return payload;
}
