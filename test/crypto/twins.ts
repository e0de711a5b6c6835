import {nativeSuite} from '../../src/crypto/native-suite.ts';
import {nobleSuite} from '../../src/crypto/noble-suite.ts';

/** Both implementations, one row each, for `describe.each`. */
export const SUITES = [nativeSuite, nobleSuite] as const;

/** Every ordered pair: what the first makes the second must take. */
export const PAIRS = SUITES.flatMap((maker) =>
  SUITES.map((taker) => ({maker, taker, title: `${maker.name} → ${taker.name}`})),
);

export function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let start = 0; start < length; start += 65_536) {
    crypto.getRandomValues(bytes.subarray(start, start + 65_536));
  }
  return bytes;
}

/** Bytes 0, 1 … modulus − 1, 0 …: the pattern of the golden values below. */
export function counting(length: number, modulus: number): Uint8Array {
  return Uint8Array.from({length}, (_, i) => i % modulus);
}

/** A copy with one bit turned over. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const index = Math.floor(bit / 8) % copy.length;
  copy[index] = (copy[index] ?? 0) ^ (1 << (bit % 8));
  return copy;
}
