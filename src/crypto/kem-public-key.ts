import type {KemPublicKey} from '../protocol/bytes.ts';

const Q = 3329;
const COEFFICIENT_BYTES = 1152;

/** Modulus check of FIPS 203 §7.2: every 12-bit coefficient of an ML-KEM-768 key is below q. */
export function isKemPublicKey(key: KemPublicKey): boolean {
  for (let i = 0; i < COEFFICIENT_BYTES; i += 3) {
    const [a, b, c] = [key[i] ?? 0, key[i + 1] ?? 0, key[i + 2] ?? 0];
    if ((a | ((b & 0x0f) << 8)) >= Q || ((b >> 4) | (c << 4)) >= Q) return false;
  }
  return true;
}
